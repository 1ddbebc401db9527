#include "common/base/options.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "common/base/cli11.h"
#include "common/base/file_system.h"
#include "common/base/quantity.h"
#include "common/base/suggest.h"
#include "ox_version.h"

namespace ox {
namespace {

constexpr std::size_t kMaxConfigBytes = 1 << 20;

// The text that the same value would have on the command line.
std::optional<std::string> as_argument(const toml::node& node) {
  if (auto* v = node.as_string()) return v->get();
  if (auto* v = node.as_integer()) return std::to_string(v->get());
  if (auto* v = node.as_boolean()) return std::string(v->get() ? "true" : "false");
  if (auto* v = node.as_floating_point()) return fmt::format("{}", v->get());
  return std::nullopt;
}

// "--collect" out of "-c,--collect".
std::string long_name(const std::string& names) { return names.substr(names.rfind(',') + 1); }

}  // namespace

CommandLine::CommandLine(const std::string& program, const std::string& description)
    : program_(program), app_(std::make_unique<CLI::App>(description, program)) {
  app_->set_version_flag("--version", program + " " + OX_VERSION);
  app_->get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

CLI::Option* CommandLine::add_size(const std::string& names, std::uint64_t& value,
                                   const std::string& help) {
  return app_
      ->add_option_function<std::string>(
          names,
          [&value, names](const std::string& text) {
            auto size = parse_size(text);
            if (!size.ok()) throw CLI::ValidationError(long_name(names), size.status().message());
            value = *size;
          },
          help)
      ->type_name("SIZE");
}

CLI::Option* CommandLine::add_duration(const std::string& names, Micros& value,
                                       const std::string& help) {
  return app_
      ->add_option_function<std::string>(
          names,
          [&value, names](const std::string& text) {
            auto duration = parse_duration(text);
            if (!duration.ok())
              throw CLI::ValidationError(long_name(names), duration.status().message());
            value = *duration;
          },
          help)
      ->type_name("DURATION");
}

CLI::Option* CommandLine::add_address(const std::string& names, Address& value,
                                      std::uint16_t default_port, const std::string& help) {
  return app_
      ->add_option_function<std::string>(
          names,
          [&value, names, default_port](const std::string& text) {
            auto address = Address::parse(text, default_port);
            if (!address.ok())
              throw CLI::ValidationError(long_name(names), address.status().message());
            value = *address;
          },
          help)
      ->type_name("HOST[:PORT]");
}

void CommandLine::add_config_file() {
  app_->add_option("--config", config_path_, "Read options from this TOML file")->type_name("FILE");
  app_->add_flag("--check-config", check_config_,
                 "Check options and configuration, say what is wrong, and exit (78 when wrong)");
}

void CommandLine::complain(const std::string& message) const {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  fmt::print(stderr, "{}: {}\n", program_, line);
}

std::vector<std::string> CommandLine::option_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

// "The following argument was not expected: statu", where the program has commands.
std::string CommandLine::with_command_suggestion(const std::string& message) const {
  std::vector<std::string> commands;
  for (const CLI::App* command : app_->get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  std::string word = message.substr(message.rfind(' ') + 1);
  std::string near = nearest(word, commands);
  return near.empty() || near == word ? message
                                      : fmt::format("{} (did you mean {}?)", message, near);
}

std::string CommandLine::with_suggestion(const std::string& message) const {
  auto dashes = message.rfind("--");
  if (dashes == std::string::npos) return with_command_suggestion(message);
  std::string word = message.substr(dashes + 2);
  word = word.substr(0, word.find_first_of("= ]"));
  std::string near = nearest(word, option_names());
  return near.empty() || near == word ? message
                                      : fmt::format("{} (did you mean --{}?)", message, near);
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
    for (const auto& [name, value] : environment_) {
      CLI::Option* option = app_->get_option(name);
      if (option->count() > 0) continue;
      option->add_result(value);
      option->run_callback();
    }
  } catch (const CLI::Success& success) {
    app_->exit(success);
    return kExitOk;
  } catch (const CLI::ExtrasError& error) {
    complain(with_suggestion(error.what()));
    return kExitUsage;
  } catch (const CLI::ParseError& error) {
    complain(error.what());
    return kExitUsage;
  }
  if (!config_path_.empty()) {
    if (Status status = apply_config_file(); !status.ok()) {
      complain(status.message());
      return kExitConfiguration;
    }
  }
  return std::nullopt;
}

Status CommandLine::apply_config_file() {
  OX_ASSIGN_OR_RETURN(std::string text,
                      read_file(FileSystem::real(), config_path_, kMaxConfigBytes));
  toml::table table;
  try {
    table = toml::parse(text, config_path_);
  } catch (const toml::parse_error& error) {
    return Status(Code::kInvalid, fmt::format("{}:{}: {}", config_path_, error.source().begin.line,
                                              error.description()));
  }
  for (const auto& [key, node] : table) {
    std::string name(key.str());
    std::string where = fmt::format("{}:{}: {}", config_path_, node.source().begin.line, name);
    CLI::Option* option = app_->get_option_no_throw("--" + name);
    if (option == nullptr || name == "config" || name == "check-config" || name == "help" ||
        name == "version") {
      std::string near = nearest(name, option_names());
      return Status(Code::kInvalid, where + ": no such option" +
                                        (near.empty() ? "" : " (did you mean " + near + "?)"));
    }
    std::vector<std::string> values;
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) {
        auto value = as_argument(element);
        if (!value) return Status(Code::kInvalid, where + ": this kind of value has no meaning");
        values.push_back(*value);
      }
    } else if (auto value = as_argument(node)) {
      values.push_back(*value);
    } else {
      return Status(Code::kInvalid, where + ": this kind of value has no meaning here");
    }
    if (option->count() > 0) continue;  // given as a flag or in the environment
    try {
      option->add_result(values);
      option->run_callback();
      from_file_.insert("--" + name);
    } catch (const CLI::Error& error) {
      return Status(Code::kInvalid, where + ": " + error.what());
    }
  }
  return ok_status();
}

}  // namespace ox
