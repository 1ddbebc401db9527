#include "oxview/view_options.h"

#include <algorithm>
#include <utility>

#include "common/base/civil_time.h"
#include "common/base/options.h"
#include "common/link/control_client.h"

namespace ox {
namespace {

constexpr WallTime kRestOfDay = std::chrono::hours(24) - Seconds(1);
constexpr std::string_view kLearnRoots = "auto";
constexpr std::size_t kDateOnly = 8;  // characters of "YYYYMMDD"

struct Arguments {
  std::string type_name;
  std::string host;
  std::string log_path;
  std::string start_date;
  std::string end_date;
  std::vector<std::string> group_roots;
  bool pretty = false;
  bool group = false;
  bool json = false;
  int verbosity = 0;
};

void declare(CLI::App& app, Arguments& args) {
  app.add_option("-n,--type-name", args.type_name,
                 "Only events of this type; with a '*' at the end, of all types that begin so")
      ->type_name("TYPE");
  app.add_option("-H,--host", args.host,
                 "Control address of the oxd to watch (default: BLUEOX_CLIENT_HOST, else "
                 "127.0.0.1:3513)")
      ->type_name("HOST[:PORT]");
  app.add_option("-l,--log-path", args.log_path, "Read the log files below this directory")
      ->type_name("DIR");
  app.add_option("--start-date", args.start_date,
                 "With --log-path: first UTC date to read, YYYYMMDD or \"YYYYMMDD HH:MM\" "
                 "(default: today)")
      ->type_name("DATE");
  app.add_option("--end-date", args.end_date,
                 "With --log-path: last UTC date to read, a date alone meaning its whole day "
                 "(default: 23:59:59 later than the start)")
      ->type_name("DATE");
  app.add_flag("-p,--pretty", args.pretty, "A header line and indented JSON for each event");
  app.add_flag("--group", args.group,
               "Print the events with the same id together, as a list, once their root event has "
               "come. A type without a dot is a root");
  app.add_option("--group-root", args.group_roots,
                 "Group, and take this type for a root too: for applications that put a name in "
                 "front of all types, such as myapp.request for events of type myapp.request and "
                 "myapp.request.*. May be repeated. 'auto' learns roots from the events: a type "
                 "that ends groups with types below it and is never below another itself")
      ->type_name("TYPE|auto")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  app.add_flag("--json", args.json)->group("");  // BlueOx once had it; JSON is all there is
  app.add_flag("-v,--verbose", args.verbosity, "Say more on stderr; twice for debugging");
  app.footer(
      "With --log-path log files are read; with -H, or with a terminal as standard input, live\n"
      "events are shown; otherwise events are decoded from standard input. Log messages go to\n"
      "stderr, and so do reports of events that were missed (\"gap: ...\").");
}

Result<FileSelection> select_files(const Arguments& args, const TypePattern& pattern,
                                   WallTime today) {
  FileSelection files;
  files.directory = args.log_path;
  files.pattern = pattern;
  files.first = today;
  if (!args.start_date.empty()) {
    auto first = parse_date(args.start_date);
    if (!first.ok()) return first.status().at("--start-date");
    files.first = *first;
  }
  files.last = files.first + kRestOfDay;
  if (!args.end_date.empty()) {
    auto last = parse_date(args.end_date);
    if (!last.ok()) return last.status().at("--end-date");
    files.last = args.end_date.size() == kDateOnly ? *last + kRestOfDay : *last;
  }
  if (files.last < files.first)
    return Status(Code::kInvalid, "--end-date lies before --start-date");
  return files;
}

PrintOptions print_options(const Arguments& args) {
  PrintOptions print;
  print.pretty = args.pretty;
  print.group = args.group || !args.group_roots.empty();
  bool learn = std::find(args.group_roots.begin(), args.group_roots.end(), kLearnRoots) !=
               args.group_roots.end();
  print.roots = learn ? GroupRoots::learned() : GroupRoots::named(args.group_roots);
  return print;
}

Result<ViewOptions> interpret(const Arguments& args, bool stdin_is_terminal, WallTime today) {
  auto invalid = [](const char* message) { return Status(Code::kInvalid, message); };
  ViewOptions options;
  options.log_level = args.verbosity == 0   ? LogLevel::kWarning
                      : args.verbosity == 1 ? LogLevel::kInfo
                                            : LogLevel::kDebug;
  options.print = print_options(args);
  if (!args.type_name.empty()) {
    auto pattern = TypePattern::parse(args.type_name);
    if (!pattern.ok()) return pattern.status().at("--type-name");
    options.pattern = *pattern;
  }
  if (!args.log_path.empty()) {
    if (!args.host.empty()) return invalid("--host and --log-path exclude each other");
    options.mode = ViewOptions::Mode::kFiles;
    OX_ASSIGN_OR_RETURN(options.files, select_files(args, options.pattern, today));
    return options;
  }
  if (!args.start_date.empty() || !args.end_date.empty())
    return invalid("--start-date and --end-date need --log-path");
  if (!args.host.empty() || stdin_is_terminal) {
    options.mode = ViewOptions::Mode::kLive;
    auto control = args.host.empty() ? default_control_address() : parse_control_address(args.host);
    if (!control.ok()) return args.host.empty() ? control.status() : control.status().at("--host");
    options.control = *control;
    return options;
  }
  if (!args.type_name.empty())
    return invalid("--type-name needs --host or --log-path; standard input is shown as it is");
  return options;
}

}  // namespace

std::variant<ViewOptions, int> parse_view_options(int argc, const char* const* argv,
                                                  bool stdin_is_terminal, WallTime today) {
  CommandLine command_line("oxview", "Shows events: live, from log files, or from standard input.");
  Arguments args;
  declare(command_line.app(), args);
  if (auto code = command_line.parse(argc, argv)) return *code;
  for (const char* name : {"--type-name", "--host", "--log-path", "--start-date", "--end-date"}) {
    const CLI::Option* option = command_line.app().get_option(name);
    if (option->count() > 0 && option->as<std::string>().empty()) {
      command_line.complain(std::string(name) + " must not be empty");
      return kExitUsage;
    }
  }
  auto options = interpret(args, stdin_is_terminal, today);
  if (!options.ok()) {
    command_line.complain(options.status().message());
    return kExitUsage;
  }
  return std::move(options).value();
}

}  // namespace ox
