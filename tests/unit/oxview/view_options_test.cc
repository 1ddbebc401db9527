#include "oxview/view_options.h"

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "common/base/options.h"

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

TEST_CASE("the control address is -H, else the environment, else the local one") {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  CHECK(good({}, true).control == Address::tcp("127.0.0.1", 3513));
  CHECK(good({"-H", "log-master"}).control == Address::tcp("log-master", 3513));
  CHECK(good({"--host=[::1]:9"}).control == Address::tcp("::1", 9));
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
  CHECK_FALSE(good({}).print.pretty);
  CHECK_FALSE(good({"--json"}).print.pretty);
  CHECK(good({"-p"}).print.pretty);
  CHECK_FALSE(good({"-p"}).print.group);
  CHECK(good({"--group"}).print.group);
  CHECK(good({"--group-root", "a.b"}).print.group);
  GroupRoots named = good({"--group-root", "a.b", "--group-root", "c.d"}).print.roots;
  CHECK(named.ends("1", "a.b", {}));
  CHECK(named.ends("1", "c.d", {}));
  CHECK_FALSE(named.ends("1", "c.d.e", {}));
  CHECK(good({"--group-root=auto"}).print.roots.needs_earlier());
}

TEST_CASE("-v says more") {
  CHECK(good({}).log_level == LogLevel::kWarning);
  CHECK(good({"-v"}).log_level == LogLevel::kInfo);
  CHECK(good({"-vv"}).log_level == LogLevel::kDebug);
}

}  // namespace ox
