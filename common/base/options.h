#pragma once
// Command lines and configuration files of all oxd programs: CLI11 for the flags, TOML for the
// file. A flag beats the environment, which beats the file, which beats the default. The file's
// keys are the long flag names without the dashes.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/exit_codes.h"
#include "common/base/status.h"

namespace CLI {  // common/base/cli11.h
class App;
class Option;
}  // namespace CLI

namespace ox {

class CommandLine {
 public:
  CommandLine(const std::string& program, const std::string& description);
  ~CommandLine();

  CLI::App& app() { return *app_; }

  // The option kinds that CLI11 has no word for. `value` must outlive the parse.
  CLI::Option* add_size(const std::string& names, std::uint64_t& value, const std::string& help);
  CLI::Option* add_duration(const std::string& names, Micros& value, const std::string& help);
  CLI::Option* add_address(const std::string& names, Address& value, std::uint16_t default_port,
                           const std::string& help);

  // Adds --config FILE and --check-config.
  void add_config_file();
  bool check_config() const { return check_config_; }
  // Where the value of an option ("--collect") comes from: the configuration file rather than a
  // flag, the environment or its default.
  bool in_config_file(const std::string& option) const { return from_file_.contains(option); }
  const std::string& config_path() const { return config_path_; }

  // What the environment says of an option: counts unless the flag is given. Before parse().
  void set_environment_value(const std::string& option, const std::string& value) {
    environment_[option] = value;
  }

  // Parses; nothing means "go on". Otherwise the program exits with the code returned: help and
  // version were printed on stdout, or an error as one line on stderr.
  std::optional<int> parse(int argc, const char* const* argv);

  // One line "<program>: <message>" on stderr.
  void complain(const std::string& message) const;

 private:
  Status apply_config_file();
  std::string with_suggestion(const std::string& message) const;
  std::string with_command_suggestion(const std::string& message) const;
  std::vector<std::string> option_names() const;

  std::string program_;
  std::unique_ptr<CLI::App> app_;
  std::string config_path_;
  bool check_config_ = false;
  std::map<std::string, std::string> environment_;  // by option, "--collect"
  std::set<std::string> from_file_;
};

}  // namespace ox
