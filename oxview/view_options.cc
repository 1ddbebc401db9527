#include "oxview/view_options.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "common/base/civil_time.h"
#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/link/control_client.h"
#include "oxview/output_options.h"

namespace ox {
namespace {

constexpr WallTime kRestOfDay = std::chrono::hours(24) - Seconds(1);
// An event is not received earlier than this before its end, whatever the clocks.
constexpr WallTime kEarliestReceived = std::chrono::hours(24);
constexpr std::string_view kLearnRoots = "auto";
constexpr double kLongHistogramSeconds = 15 * 3600;
constexpr std::size_t kDateOnly = 8;  // characters of "YYYYMMDD"

struct Arguments {
  std::string type_name;
  std::vector<std::string> hosts;
  std::string log_path;
  std::string start_date;
  std::string end_date;
  std::vector<std::string> group_roots;
  HttpViewOptions http;
  QueryViewOptions query;
  SelectionOptions selection;
  OutputOptions output;
  SummaryOptions summary;
  bool group = false;
  bool follow = false;
  int verbosity = 0;
};

void declare(CLI::App& app, Arguments& args) {
  app.add_option("-n,--type-name", args.type_name,
                 "Only events of this type; with a '*' at the end, of all types that begin so")
      ->type_name("TYPE");
  app.add_option("-H,--host", args.hosts,
                 "Control address of the oxd to watch (default: BLUEOX_CLIENT_HOST, else "
                 "127.0.0.1:3513). With --http: of an oxd whose status is told (none unless "
                 "given); repeatable")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false);
  app.add_option("-l,--log-path", args.log_path, "Read the log files below this directory")
      ->type_name("DIR");
  app.add_flag("-f,--follow", args.follow,
               "With --log-path: go on with the events that come, live ones of the oxd at --host, "
               "without a gap or a repeat; without --log-path: live events");
  app.add_option("--start-date", args.start_date,
                 "With --log-path: first UTC date to read, YYYYMMDD or \"YYYYMMDD HH:MM\" "
                 "(default: today; with --where and --sql, all)")
      ->type_name("DATE");
  app.add_option("--end-date", args.end_date,
                 "With --log-path: last UTC date to read, a date alone meaning its whole day "
                 "(default: 23:59:59 later than the start)")
      ->type_name("DATE");
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
  app.add_flag("-v,--verbose", args.verbosity, "Say more on stderr; twice for debugging");
  app.footer(
      "With --log-path log files are read; with -H, or with a terminal as standard input, live\n"
      "events are shown; otherwise events are decoded from standard input. Log messages go to\n"
      "stderr, and so do reports of events that were missed (\"gap: ...\").");
}

Result<FileSelection> select_files(const Arguments& args, const TypePattern& pattern,
                                   WallTime today, std::optional<double> since) {
  FileSelection files;
  files.directory = args.log_path;
  files.pattern = pattern;
  // A query says itself of what time, if of any.
  if (args.query.asked_for() && args.start_date.empty() && args.end_date.empty()) {
    files.first = WallTime::min() / 2;
    files.last = WallTime::max() / 2;
    return files;
  }
  if (!args.selection.since.empty() || !args.selection.until.empty()) {
    if (args.start_date.empty() && args.end_date.empty()) {
      files.first = WallTime::min() / 2;
      files.last = WallTime::max() / 2;
      if (since)
        files.first = std::chrono::duration_cast<WallTime>(std::chrono::duration<double>(*since)) -
                      kEarliestReceived;
      return files;
    }
  }
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
  print.group = args.group || !args.group_roots.empty();
  bool learn = std::find(args.group_roots.begin(), args.group_roots.end(), kLearnRoots) !=
               args.group_roots.end();
  print.roots = learn ? GroupRoots::learned() : GroupRoots::named(args.group_roots);
  return print;
}

// Whether what the index knows, quarters of an hour, is fine enough for a histogram.
bool is_long(const EventConditions& conditions) {
  if (!conditions.since) return true;
  const double until =
      conditions.until.value_or(std::chrono::duration<double>(Clock::system().wall()).count());
  return until - *conditions.since > kLongHistogramSeconds;
}

Status check_follow(const Arguments& args) {
  auto invalid = [](const char* message) { return Status(Code::kInvalid, message); };
  if (!args.query.sql.empty()) return invalid("--follow does not go with --sql");
  if (args.selection.newest_first) return invalid("--follow does not go with --reverse");
  if (!args.end_date.empty()) return invalid("--follow does not go with --end-date");
  if (!args.log_path.empty() && args.selection.context > 0)
    return invalid("--follow with --log-path does not go with --context");
  return ok_status();
}

// That of --host, or the usual one.
Result<Address> control_address(const Arguments& args) {
  if (args.hosts.empty()) return default_control_address();
  auto control = parse_control_address(args.hosts.front());
  if (!control.ok()) return control.status().at("--host");
  return control;
}

Result<ViewOptions> interpret_http(const Arguments& args, ViewOptions options) {
  if (!args.type_name.empty() || !args.start_date.empty() || !args.end_date.empty() ||
      args.output.asked_for() || options.print.group || args.query.asked_for() ||
      args.selection.asked_for() || args.summary.asked_for() || args.follow)
    return Status(Code::kInvalid,
                  "--http goes with none of --follow, --type-name, --start-date, --end-date, "
                  "--output, --fields, --pretty, --group, --group-root, --stats, --histogram, "
                  "--where, --sql and what else selects events");
  options.mode = ViewOptions::Mode::kHttp;
  options.http = args.http;
  options.http.log_path = args.log_path;
  for (const std::string& host : args.hosts) {
    auto node = parse_control_address(host);
    if (!node.ok()) return node.status().at("--host");
    options.http.nodes.push_back(std::move(*node));
  }
  OX_RETURN_IF_ERROR(options.http.check());
  return options;
}

Result<ViewOptions> interpret(Arguments& args, bool stdin_is_terminal, WallTime today) {
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
  if (args.http.asked_for()) return interpret_http(args, std::move(options));
  if (args.hosts.size() > 1) return invalid("--host: more than one goes only with --http");
  OX_RETURN_IF_ERROR(args.http.check());
  if (args.follow) OX_RETURN_IF_ERROR(check_follow(args));
  OX_RETURN_IF_ERROR(args.query.check());
  options.query = args.query;
  options.print.filter = args.query.filter;
  OX_ASSIGN_OR_RETURN(options.print.format, args.output.check());
  OX_ASSIGN_OR_RETURN(options.print.summary, args.summary.check());
  OX_ASSIGN_OR_RETURN(options.print.selection, args.selection.check(Clock::system().wall()));
  if (args.selection.newest_first && (args.log_path.empty() || options.print.group))
    return invalid("--reverse needs --log-path, and goes not with --group or --group-root");
  if (args.selection.count && (args.output.asked_for() || options.print.group))
    return invalid(
        "--count goes with none of --output, --fields, --pretty, --group and --group-root");
  options.pager = !args.output.no_pager;
  options.progress = !args.output.no_progress;
  options.print.context = static_cast<std::size_t>(args.selection.context);
  options.print.colours = args.output.colours(::isatty(STDOUT_FILENO) == 1);
  if (options.print.context > 0 &&
      (options.print.group || args.selection.count || args.summary.asked_for()))
    return invalid(
        "--context goes with none of --group, --group-root, --count, --stats and --histogram");
  if (args.summary.asked_for() &&
      (args.output.asked_for() || options.print.group || args.selection.count))
    return invalid(
        "--stats and --histogram go with none of --output, --fields, --pretty, --group, "
        "--group-root and --count");
  if (args.summary.histogram && args.selection.limit)
    return invalid("--limit does not go with --histogram");
  if (options.print.summary.histogram)
    options.print.summary.histogram->by_index = is_long(options.print.selection.conditions);
  if (!args.query.sql.empty()) {
    if (args.output.asked_for() || options.print.group || args.selection.asked_for() ||
        args.summary.asked_for())
      return invalid(
          "--sql goes with none of --output, --fields, --pretty, --group, --group-root, --stats "
          "and --histogram, nor with what else selects events: SELECT has words for it");
  }
  if (!args.log_path.empty()) {
    if (!args.hosts.empty() && !args.follow)
      return invalid("--host and --log-path go together only with --follow");
    options.mode = ViewOptions::Mode::kFiles;
    OX_ASSIGN_OR_RETURN(options.files, select_files(args, options.pattern, today,
                                                    options.print.selection.conditions.since));
    if (args.query.filter != nullptr) options.files.conditions = args.query.filter->conditions();
    narrow_conditions(options.files.conditions, options.print.selection.conditions);
    if (options.print.selection.pattern)
      for (const std::string& word : options.print.selection.pattern->words())
        options.files.conditions.words.push_back(word);
    options.files.newest_first = args.selection.newest_first;
    if (args.follow) {
      options.mode = ViewOptions::Mode::kFollow;
      options.files.last = WallTime::max() / 2;
      OX_ASSIGN_OR_RETURN(options.control, control_address(args));
    }
    return options;
  }
  if (!args.start_date.empty() || !args.end_date.empty())
    return invalid("--start-date and --end-date need --log-path");
  if (!args.hosts.empty() || args.follow || stdin_is_terminal) {
    options.mode = ViewOptions::Mode::kLive;
    OX_ASSIGN_OR_RETURN(options.control, control_address(args));
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
  args.http.declare(command_line);
  args.query.declare(command_line);
  args.selection.declare(command_line);
  args.output.declare(command_line);
  args.summary.declare(command_line);
  if (auto code = command_line.parse(argc, argv)) return *code;
  for (const char* name : {"--type-name", "--host", "--log-path", "--start-date", "--end-date"}) {
    const auto given = command_line.app().get_option(name)->results();
    if (std::find(given.begin(), given.end(), "") != given.end()) {
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
