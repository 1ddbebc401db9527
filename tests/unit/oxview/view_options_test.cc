#include "oxview/view_options.h"

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "common/base/exit_codes.h"
#include "oxview/output_options.h"

namespace ox {
namespace {

using Mode = ViewOptions::Mode;

WallTime at(std::string_view date) {
  auto t = parse_date(date);
  REQUIRE(t.ok());
  return *t;
}

std::variant<ViewOptions, int> parse(std::vector<const char*> args, bool terminal = false) {
  args.insert(args.begin(), "oxview");
  return parse_view_options(static_cast<int>(args.size()), args.data(), terminal, at("20200202"));
}

ViewOptions good(std::vector<const char*> args, bool terminal = false) {
  auto parsed = parse(std::move(args), terminal);
  REQUIRE(std::holds_alternative<ViewOptions>(parsed));
  return std::get<ViewOptions>(parsed);
}

int exit_code(std::vector<const char*> args, bool terminal = false) {
  auto parsed = parse(std::move(args), terminal);
  REQUIRE(std::holds_alternative<int>(parsed));
  return std::get<int>(parsed);
}

}  // namespace

TEST_CASE("the mode follows from -H, --log-path and the kind of standard input") {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  CHECK(good({}).mode == Mode::kStdin);
  CHECK(good({}, true).mode == Mode::kLive);
  CHECK(good({"-H", "log-master"}).mode == Mode::kLive);
  CHECK(good({"-l", "/logs"}).mode == Mode::kFiles);
  CHECK(good({"-l", "/logs"}, true).mode == Mode::kFiles);
}

TEST_CASE("-f goes on with what comes, of files and of an oxd") {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  CHECK(good({"-f"}).mode == Mode::kLive);
  CHECK(good({"-f", "-H", "log-master"}).mode == Mode::kLive);
  const ViewOptions files = good({"-f", "-l", "/logs", "-n", "a*", "--level", "30"});
  CHECK(files.mode == Mode::kFollow);
  CHECK(files.control == Address::tcp("127.0.0.1", 3513));
  CHECK(files.files.first == at("20200202"));
  CHECK(files.files.last > at("99991231"));
  CHECK(files.files.conditions.min_level == 30);
  CHECK(good({"--follow", "-l", "/logs", "-H", "log-master"}).control ==
        Address::tcp("log-master", 3513));
  CHECK(good({"-f", "-l", "/logs", "--start-date", "20170101"}).files.first == at("20170101"));
  for (const char* other : {"-r", "--end-date=20200202", "--sql=SELECT 1", "--context=1"})
    CHECK(exit_code({"-f", "-l", "/logs", other}) == kExitUsage);
  CHECK(exit_code({"-f", "-l", "/logs", "--http", "127.0.0.1:0"}) == kExitUsage);
  CHECK(exit_code({"-l", "/logs", "-H", "log-master"}) == kExitUsage);
}

TEST_CASE("the control address is -H, else the environment, else the local one") {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  CHECK(good({}, true).control == Address::tcp("127.0.0.1", 3513));
  CHECK(good({"-H", "log-master"}).control == Address::tcp("log-master", 3513));
  CHECK(good({"--host=[::1]:9"}).control == Address::tcp("::1", 9));
  CHECK(exit_code({"-H", "a", "-H", "b"}) == kExitUsage);
  ::setenv("BLUEOX_CLIENT_HOST", "elsewhere:77", 1);
  CHECK(good({}, true).control == Address::tcp("elsewhere", 77));
  CHECK(good({"-H", "log-master"}, true).control == Address::tcp("log-master", 3513));
  CHECK(good({}).mode == Mode::kStdin);  // the environment does not choose the mode
  ::setenv("BLUEOX_CLIENT_HOST", "a:b", 1);
  CHECK(exit_code({}, true) == kExitUsage);
  ::unsetenv("BLUEOX_CLIENT_HOST");
}

TEST_CASE("a type pattern goes with live events and files, not with standard input") {
  CHECK(good({"-H", "h", "-n", "a*"}).pattern.prefix() == "a");
  CHECK(good({"-n", "a"}, true).pattern.exact());
  CHECK(good({"-l", "/logs", "-n", "a"}).files.pattern.exact());
  CHECK(good({"-l", "/logs"}).files.pattern.matches("anything"));
  CHECK(exit_code({"-n", "a"}) == kExitUsage);
  CHECK(exit_code({"-H", "h", "-n", "a*b"}) == kExitUsage);
  CHECK(exit_code({"-H", "h", "-n", ""}) == kExitUsage);
}

TEST_CASE("dates default to today, and an end to the end of a day") {
  auto range = [](std::vector<const char*> args) {
    args.insert(args.begin(), {"-l", "/logs"});
    FileSelection files = good(std::move(args)).files;
    return std::pair(files.first, files.last);
  };
  const WallTime rest = std::chrono::hours(24) - Seconds(1);
  CHECK(range({}) == std::pair(at("20200202"), at("20200202") + rest));
  CHECK(range({"--start-date=20120313"}) == std::pair(at("20120313"), at("20120313") + rest));
  CHECK(range({"--start-date=20120313", "--end-date=20120315"}) ==
        std::pair(at("20120313"), at("20120315") + rest));
  CHECK(range({"--start-date", "20120313 10:30", "--end-date", "20120313 11:00"}) ==
        std::pair(at("20120313 10:30"), at("20120313 11:00")));
  CHECK(range({"--start-date", "20120313 10:30"}) ==
        std::pair(at("20120313 10:30"), at("20120313 10:30") + rest));
}

TEST_CASE("options that contradict one another are usage errors") {
  CHECK(exit_code({"-l", "/logs", "-H", "h"}) == kExitUsage);
  CHECK(exit_code({"--start-date", "20120313"}) == kExitUsage);
  CHECK(exit_code({"-H", "h", "--end-date", "20120313"}) == kExitUsage);
  CHECK(exit_code({"-l", "/logs", "--start-date", "2012-03-13"}) == kExitUsage);
  CHECK(exit_code({"-l", "/logs", "--start-date", "20120315", "--end-date", "20120314"}) ==
        kExitUsage);
  CHECK(exit_code({"-l", ""}) == kExitUsage);
  CHECK(exit_code({"-H", "off"}) == kExitUsage);
  CHECK(exit_code({"--no-such-option"}) == kExitUsage);
}

TEST_CASE("the form of the output") {
  using Kind = FormatSpec::Kind;
  auto kind = [](std::vector<const char*> args) { return good(std::move(args)).print.format.kind; };
  CHECK(kind({}) == Kind::kJson);
  CHECK(kind({"--json"}) == Kind::kJson);
  CHECK(kind({"-p"}) == Kind::kPretty);
  CHECK(kind({"-p", "-o", "pretty"}) == Kind::kPretty);
  CHECK(kind({"-o", "json"}) == Kind::kJson);
  CHECK(kind({"-o", "short"}) == Kind::kShort);
  CHECK(kind({"--output", "csv"}) == Kind::kCsv);
  CHECK(kind({"--output=msgpack"}) == Kind::kMsgpack);
  CHECK(kind({"-o", "template={id} {{x}}"}) == Kind::kTemplate);
  CHECK(exit_code({"-o", "xml"}) == kExitUsage);
  CHECK(exit_code({"-o", ""}) == kExitUsage);
  CHECK(exit_code({"-o", "short", "-p"}) == kExitUsage);
  CHECK(exit_code({"-o", "template={user}"}) == kExitUsage);
  CHECK(exit_code({"-o", "short", "--count"}) == kExitUsage);
  CHECK(exit_code({"-l", "/logs", "--sql", "SELECT 1", "-o", "csv"}) == kExitUsage);
  CHECK_FALSE(good({"-p"}).print.group);
  CHECK(good({"--group"}).print.group);
  CHECK(good({"--group-root", "a.b"}).print.group);
  GroupRoots named = good({"--group-root", "a.b", "--group-root", "c.d"}).print.roots;
  CHECK(named.ends("1", "a.b", {}));
  CHECK(named.ends("1", "c.d", {}));
  CHECK_FALSE(named.ends("1", "c.d.e", {}));
  CHECK(good({"--group-root=auto"}).print.roots.needs_earlier());
}

TEST_CASE("fields are of the forms that have no text of their own") {
  CHECK(good({"--fields", "id, body.a"}).print.format.fields.size() == 2);
  CHECK(good({"-p", "--fields", "id"}).print.format.fields.size() == 1);
  CHECK(good({"-o", "csv", "--fields", "id"}).print.format.fields.size() == 1);
  CHECK(good({"-o", "csv"}).print.format.fields.empty());
  CHECK(exit_code({"-o", "short", "--fields", "id"}) == kExitUsage);
  CHECK(exit_code({"-o", "template=x", "--fields", "id"}) == kExitUsage);
  CHECK(exit_code({"--fields", "id,,host"}) == kExitUsage);
  CHECK(exit_code({"--fields", "user"}) == kExitUsage);
  CHECK(exit_code({"--fields", ""}) == kExitUsage);
}

TEST_CASE("a summary is a table of a field, or bars") {
  auto stats = [](std::vector<const char*> args) {
    return good(std::move(args)).print.summary.stats;
  };
  CHECK(stats({"--stats", "type"})->name() == "type");
  CHECK(stats({"--stats", "by", "body.user", "--limit", "5"})->name() == "body.user");
  CHECK_FALSE(stats({}));
  auto step = [](std::vector<const char*> args) {
    return good(std::move(args)).print.summary.histogram->step;
  };
  CHECK(step({"--histogram"}) == 0);
  CHECK(step({"--histogram", "--level", "error"}) == 0);
  CHECK(step({"--histogram", "minute"}) == 60);
  CHECK(step({"--histogram=hour"}) == 3600);
  CHECK(step({"--histogram", "day"}) == 86'400);
  CHECK_FALSE(good({"--histogram", "-S", "1h"}).print.summary.histogram->by_index);
  CHECK(good({"--histogram", "-S", "16h"}).print.summary.histogram->by_index);
  CHECK_FALSE(good({"--histogram", "-S", "20170714", "-U", "20170714 10:00"})
                  .print.summary.histogram->by_index);
  CHECK(good({"--histogram"}).print.summary.histogram->by_index);
  for (const std::vector<const char*>& wrong : std::vector<std::vector<const char*>>{
           {"--stats"},
           {"--stats", "user"},
           {"--stats", "type", "host"},
           {"--stats", "by"},
           {"--stats", "type", "--histogram"},
           {"--histogram", "week"},
           {"--histogram", "--limit", "3"},
           {"--stats", "type", "--count"},
           {"--stats", "type", "-p"},
           {"--histogram", "-o", "csv"},
           {"--histogram", "--group"},
           {"-l", "/logs", "--sql", "SELECT 1", "--stats", "type"}}) {
    CHECK(exit_code(wrong) == kExitUsage);
  }
}

TEST_CASE("colours are for terminals, unless somebody says otherwise") {
  OutputOptions options;
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "xterm", 1);
  CHECK(options.colours(true));
  CHECK_FALSE(options.colours(false));
  ::setenv("TERM", "dumb", 1);
  CHECK_FALSE(options.colours(true));
  ::setenv("TERM", "xterm", 1);
  ::setenv("NO_COLOR", "", 1);
  CHECK(options.colours(true));
  ::setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(options.colours(true));
  options.colour = "always";
  CHECK(options.colours(false));
  options.colour = "never";
  ::unsetenv("NO_COLOR");
  CHECK_FALSE(options.colours(true));
  CHECK(good({"--color", "always"}).print.colours);
  CHECK_FALSE(good({"--color", "never"}).print.colours);
  CHECK(exit_code({"--color", "green"}) == kExitUsage);
}

TEST_CASE("context has a bound, and goes with events that are shown one by one") {
  CHECK(good({"--context", "3", "-g", "x"}).print.context == 3);
  CHECK(good({"--context", "10000"}).print.context == 10'000);
  CHECK(good({}).print.context == 0);
  for (const char* wrong : {"10001", "-1", "x", "", "1.5", "99999999999999999999"})
    CHECK(exit_code({"--context", wrong}) == kExitUsage);
  for (const char* other : {"--group", "--count", "--histogram", "--stats=type"})
    CHECK(exit_code({"--context", "3", other}) == kExitUsage);
}

TEST_CASE("pager and progress may be switched off") {
  CHECK(good({}).pager);
  CHECK(good({}).progress);
  CHECK_FALSE(good({"--no-pager"}).pager);
  CHECK_FALSE(good({"--no-progress"}).progress);
}

TEST_CASE("an expression is compiled, and says what of the files is looked at") {
  ViewOptions options = good({"-l", "/logs", "--where", "type = 'a' AND level >= 40"});
  CHECK(options.mode == Mode::kFiles);
  REQUIRE(options.print.filter != nullptr);
  CHECK(options.files.conditions.types.size() == 1);
  CHECK(options.files.conditions.min_level == 40);
  // A query says itself of what time.
  CHECK(options.files.first < at("19700101"));
  CHECK(options.files.last > at("99990101"));
  options = good({"-l", "/logs", "--where", "1", "--start-date=20120313"});
  CHECK(options.files.first == at("20120313"));
  CHECK(good({"-H", "h", "--where", "1"}).print.filter != nullptr);
  CHECK(good({"--where", "1"}).print.filter != nullptr);
  CHECK(good({}).print.filter == nullptr);
  CHECK(exit_code({"--where", "level >"}) == kExitUsage);
  CHECK(exit_code({"--where", ""}) == kExitUsage);
}

TEST_CASE("a SELECT goes with every kind of events, and has a form of its own") {
  ViewOptions options = good({"-l", "/logs", "--sql", "SELECT 1"});
  CHECK(options.mode == Mode::kFiles);
  CHECK(options.query.sql == "SELECT 1");
  CHECK(good({"--sql", "SELECT 1"}).mode == Mode::kStdin);
  CHECK(good({"-H", "h", "--sql", "SELECT 1"}).mode == Mode::kLive);
  CHECK(exit_code({"-l", "/logs", "--sql", "SELECT 1", "-p"}) == kExitUsage);
  CHECK(exit_code({"-l", "/logs", "--sql", "SELECT 1", "--where", "1"}) == kExitUsage);
}

TEST_CASE("-v says more") {
  CHECK(good({}).log_level == LogLevel::kWarning);
  CHECK(good({"-v"}).log_level == LogLevel::kInfo);
  CHECK(good({"-vv"}).log_level == LogLevel::kDebug);
}

TEST_CASE("--http serves a directory, and shows events by their types") {
  ViewOptions options =
      good({"--http", "127.0.0.1:0", "-l", "/logs", "--types", "chronologer=app.*,web", "--types",
            "logger=l", "--scan-threads", "3", "--query-timeout", "5s", "--print-ports"});
  CHECK(options.mode == Mode::kHttp);
  CHECK(options.http.log_path == "/logs");
  REQUIRE(options.http.shown_types.at("chronologer").size() == 2);
  CHECK(options.http.shown_types.at("chronologer")[0].to_string() == "app.*");
  CHECK(options.http.shown_types.at("chronologer")[1].to_string() == "web");
  CHECK(options.http.scan_threads == 3);
  CHECK(options.http.query_timeout == Seconds(5));
  CHECK(options.http.print_ports);
  CHECK(options.http.ingest.empty());
  CHECK(good({"--http", "127.0.0.1", "-l", "/logs", "--ingest", "collector"}).http.ingest.size() ==
        1);
  CHECK(options.http.nodes.empty());
  CHECK(good({"--http", "127.0.0.1", "-l", "/logs", "-H", "a", "-H", "b:9"}).http.nodes ==
        std::vector{Address::tcp("a", 3513), Address::tcp("b", 9)});
}

TEST_CASE("what is for --http, and what is not, is not mixed") {
  const std::vector<std::vector<const char*>> wrong = {
      {"--http", "127.0.0.1:0"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "-n", "x"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "-H", "off"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "-H", "x", "-H", ""},
      {"--http", "127.0.0.1:0", "-l", "/logs", "-H", "x", "-f"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--pretty"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--type", "x"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--types", "x"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--types", "chronologer="},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--types", "chronologer=a,,b"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--ingest", "blueox://x"},
      {"--http", "127.0.0.1:0", "-l", "/logs", "--scan-threads", "0"},
      {"--http", "127.0.0.1:0,tls", "-l", "/logs"},
      {"-l", "/logs", "--types", "chronologer=x"},
      {"-l", "/logs", "--ingest", "x"}};
  for (const auto& arguments : wrong) CHECK(exit_code(arguments) == kExitUsage);
}

}  // namespace ox
