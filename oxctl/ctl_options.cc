#include "oxctl/ctl_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/cli11.h"
#include "common/base/log.h"
#include "common/base/options.h"
#include "common/base/quantity.h"
#include "common/base/suggest.h"
#include "common/link/control_client.h"

namespace ox {
namespace {

constexpr Micros kLeastInterval = Millis(50);
constexpr Micros kMostInterval = std::chrono::hours(24);
constexpr Micros kCtlDay = std::chrono::hours(24);

struct CommandHelp {
  const char* name;
  const char* help;
};

constexpr CommandHelp kPlainCommands[] = {
    {"status", "Show what the node says of itself (the default)"},
    {"ping", "Measure the round-trip time"},
    {"shutdown", "Stop the node: it takes no more, sends and writes what it has, and exits"},
    {"flush", "Wait until all it has is in files and synced, or acknowledged by the next node"},
    {"stream", "Print the address of the BlueOx stream socket"},
    {"collect", "Print the address of the BlueOx collect socket"},
    {"link", "Print the address of the link socket"},
    {"tail", "Print the address of the tail socket"},
};

Status check_forward(const CtlOptions& options) {
  static const std::vector<std::string> kOps = {"list", "set", "add", "remove", "discard"};
  if (std::find(kOps.begin(), kOps.end(), options.op) == kOps.end()) {
    const std::string near = nearest(options.op, kOps);
    return Status(Code::kInvalid,
                  fmt::format("forward: '{}' is none of list, set, add, remove, discard{}",
                              options.op, near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  if (options.op == "list" && !options.targets.empty())
    return Status(Code::kInvalid, "forward list takes no TARGET");
  if (options.op != "list" && options.targets.empty())
    return Status(Code::kInvalid, fmt::format("forward {} needs at least one TARGET", options.op));
  return ok_status();
}

Status check(const CtlOptions& options) {
  if (options.hosts.size() > 1 && options.command != "top")
    return Status(Code::kInvalid, "--host: only top asks several nodes");
  if (options.raw && options.command == "top")
    return Status(Code::kInvalid, "--raw: top prints a table only; status --raw has the figures");
  if (LogLevel level{}; !options.level.empty() && !parse_log_level(options.level, level))
    return Status(
        Code::kInvalid,
        fmt::format("log-level: '{}' is none of error, warning, info, debug", options.level));
  if (options.command == "store" && options.store.op == "prune" && options.store.retain_days == 0 &&
      options.store.retain_bytes == kUnlimited)
    return Status(Code::kInvalid, "store prune: give --retain-days, --retain-bytes, or both");
  return options.command == "forward" ? check_forward(options) : ok_status();
}

Status resolve_hosts(const std::vector<std::string>& texts, std::vector<Address>& hosts) {
  if (texts.empty()) {
    OX_ASSIGN_OR_RETURN(Address address, default_control_address());
    hosts.push_back(std::move(address));
  }
  for (const std::string& text : texts) {
    auto address = parse_control_address(text);
    if (!address.ok()) return address.status().at("--host");
    hosts.push_back(std::move(address).value());
  }
  return ok_status();
}

void add_top(CLI::App& app, CtlOptions& out) {
  CLI::App* top = app.add_subcommand("top", "Show rates, queues, lag and drops, again and again");
  top->add_option("-n,--rounds", out.rounds, "Stop after that many tables (1: one, then exit)")
      ->type_name("N")
      ->check([](const std::string& text) {  // CLI11 would wrap "-1" around
        const bool number = text.find_first_not_of("0123456789") == std::string::npos;
        const bool zero = text.find_first_not_of('0') == std::string::npos;
        return number && !zero ? "" : "must be a whole number, at least 1";
      });
  top->add_option_function<std::string>(
         "-d,--interval",
         [&out](const std::string& text) {
           auto interval = parse_duration(text);
           if (!interval.ok())
             throw CLI::ValidationError("--interval", interval.status().message());
           if (*interval < kLeastInterval || *interval > kMostInterval)
             throw CLI::ValidationError("--interval", "must be from 50ms to 1d");
           out.interval = *interval;
         },
         "Time between two tables; a bare number is seconds (default 1)")
      ->type_name("DURATION");
}

void add_spool(CLI::App& app, SpoolArguments& out) {
  CLI::App* spool = app.add_subcommand("spool", "Look into the directory of a spool");
  spool->require_subcommand(1);
  auto add = [&](const char* op, const char* help) {
    CLI::App* command = spool->add_subcommand(op, help);
    command->add_option("DIR", out.directory, "The --spool-path of a node, or LOG-PATH/.oxd")
        ->required();
    command->callback([&out, op] { out.op = op; });
    return command;
  };
  CLI::App* inspect = add("inspect", "Show its segments, its checkpoint and what waits for whom");
  inspect->add_flag("--json", out.json, "Print one line of JSON");
  add("verify", "Read all of it; exit 0 when it is whole, 1 when not, 2 when it cannot be read");
  CLI::App* events = add("export", "Write its events to stdout, as they stand in log files");
  events
      ->add_option("--from-cursor", out.from_cursor,
                   "Only what the output of this name has not released")
      ->type_name("NAME");
  events
      ->add_option("--type", out.type, "Only events of this type, or of types that begin so: web*")
      ->type_name("PATTERN");
}

WallTime time_of(const char* option, const std::string& text) {
  auto time = parse_date(text);
  if (!time.ok()) throw CLI::ValidationError(option, time.status().message());
  return *time;
}

void add_cat(CLI::App* cat, StoreArguments& out) {
  cat->add_option_function<std::string>(
         "TYPE",
         [&out](const std::string& text) {
           auto type = TypePattern::parse(text);
           if (!type.ok()) throw CLI::ValidationError("TYPE", type.status().message());
           out.type = *type;
         },
         "Events of this type, or of types that begin so: web*")
      ->required();
  cat->add_option_function<std::string>(
         "--start", [&out](const std::string& text) { out.first = time_of("--start", text); },
         "Files that end at this time or later: YYYYMMDD or 'YYYYMMDD HH:MM' (UTC)")
      ->type_name("TIME");
  cat->add_option_function<std::string>(
         "--end",
         [&out](const std::string& text) {
           // A day is meant to its end.
           const bool day = text.size() == std::string_view("YYYYMMDD").size();
           out.last = time_of("--end", text) + (day ? kCtlDay - Micros(1) : Micros(0));
         },
         "Files that begin at this time or before")
      ->type_name("TIME");
}

void add_store(CLI::App& app, StoreArguments& out) {
  CLI::App* store = app.add_subcommand("store", "Work on the log files of a directory");
  store->require_subcommand(1);
  auto add = [&](const char* op, const char* help) {
    CLI::App* command = store->add_subcommand(op, help);
    command->add_option("DIR", out.directory, "The --log-path of a collector")->required();
    command->callback([&out, op] { out.op = op; });
    return command;
  };
  add_cat(add("cat", "Write the events of a type to stdout, as they stand in log files"), out);
  CLI::App* prune = add("prune", "Remove the oldest log files, while no node has them");
  prune
      ->add_option("--retain-days", out.retain_days,
                   "Remove those whose day was over so many days ago")
      ->type_name("N")
      ->check(CLI::Range(1, 36500));
  prune
      ->add_option_function<std::string>(
          "--retain-bytes",
          [&out](const std::string& text) {
            auto size = parse_size(text);
            if (!size.ok()) throw CLI::ValidationError("--retain-bytes", size.status().message());
            out.retain_bytes = *size;
          },
          "Remove the oldest of past days when all together take more")
      ->type_name("SIZE");
  CLI::App* reindex = add("reindex", "Make the indexes that are missing or old");
  reindex->add_flag("--all", out.all, "Make those anew that are right, too");
  add("verify", "Read all of them; exit 0 when they are whole, 1 when not");
  CLI::App* zip = add("zip", "Compress the log files of past days, while no node has them");
  for (CLI::App* command : {prune, zip})
    command
        ->add_option("--spool-path", out.spool_path,
                     "The --spool-path of the node that writes there, when it has one")
        ->type_name("DIR");
}

}  // namespace

std::optional<int> parse_ctl_options(int argc, const char* const* argv, CtlOptions& out) {
  CommandLine line("oxctl", "Asks a running oxd how it does, and tells it what to do");
  CLI::App& app = line.app();
  app.fallthrough();  // -H and -r may follow the command
  app.require_subcommand(0, 1);
  std::vector<std::string> hosts;
  app.add_option("-H,--host", hosts,
                 "Control address of the node (default: BLUEOX_CLIENT_HOST, else 127.0.0.1:3513); "
                 "may be repeated for top")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false);
  app.add_flag("-r,--raw", out.raw, "Print the reply as one line of JSON");
  int verbosity = 0;
  app.add_flag("-v,--verbose", verbosity, "Say more on stderr; twice says all");
  for (const CommandHelp& command : kPlainCommands) app.add_subcommand(command.name, command.help);
  CLI::App* forward = app.add_subcommand("forward", "List or change where the node forwards to");
  forward->add_option("OP", out.op,
                      "list (the default), set, add, remove, or discard: give up what is kept for "
                      "an output that has been removed");
  forward->add_option("TARGET", out.targets,
                      "HOST[:PORT], link://HOST:PORT or blueox://HOST[:PORT]; for discard the "
                      "output's name as list shows it");
  CLI::App* level = app.add_subcommand("log-level", "Show or change how much the node logs");
  level->add_option("LEVEL", out.level, "error, warning, info or debug");
  add_top(app, out);
  add_spool(app, out.spool);
  add_store(app, out.store);

  if (auto code = line.parse(argc, argv)) return code;
  if (verbosity > 0) set_log_level(verbosity > 1 ? LogLevel::kDebug : LogLevel::kInfo);
  for (const CLI::App* command : app.get_subcommands()) out.command = command->get_name();
  Status status = resolve_hosts(hosts, out.hosts);
  if (status.ok()) status = check(out);
  if (status.ok()) return std::nullopt;
  line.complain(status.message());
  return kExitUsage;
}

}  // namespace ox
