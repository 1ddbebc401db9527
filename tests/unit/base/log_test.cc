#include "common/base/log.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

std::vector<std::string> g_lines;

void remember(LogLevel level, std::string_view text) {
  g_lines.push_back(std::string(log_level_name(level)) + " " + std::string(text));
}

// Lines logged while it lives go to g_lines.
struct CapturedLog {
  CapturedLog() {
    g_lines.clear();
    set_log_sink(remember);
  }
  ~CapturedLog() {
    set_log_sink(nullptr);
    set_log_level(LogLevel::kWarning);
  }
};

}  // namespace

TEST_CASE("only lines up to the level are logged") {
  CapturedLog captured;
  log_info("hidden");
  log_warning("disk at {} %", 91);
  log_error("gone");
  set_log_level(LogLevel::kDebug);
  log_debug("detail");
  set_log_level(LogLevel::kError);
  log_warning("hidden");
  CHECK(g_lines == std::vector<std::string>{"warning disk at 91 %", "error gone", "debug detail"});
}

TEST_CASE("level names are read back, others refused") {
  LogLevel level = LogLevel::kError;
  for (LogLevel each : {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo, LogLevel::kDebug}) {
    CHECK(parse_log_level(log_level_name(each), level));
    CHECK(level == each);
  }
  CHECK_FALSE(parse_log_level("loud", level));
  CHECK_FALSE(parse_log_level("", level));
}

TEST_CASE("the limiter lets one line a second through per reason and counts the rest") {
  CapturedLog captured;
  FakeClock clock;
  LogLimiter limiter(clock);
  limiter.warn("version", "bad version");
  limiter.warn("version", "bad version");
  limiter.warn("version", "bad version");
  limiter.warn("length", "bad length");
  CHECK(g_lines == std::vector<std::string>{"warning bad version", "warning bad length"});

  g_lines.clear();
  clock.advance(Millis(999));
  limiter.warn("version", "bad version");
  CHECK(g_lines.empty());
  clock.advance(Millis(1));
  limiter.warn("version", "bad version");
  CHECK(g_lines ==
        std::vector<std::string>{"warning bad version (3 more since the last such line)"});

  g_lines.clear();
  clock.advance(Seconds(1));
  limiter.warn("version", "bad version");
  CHECK(g_lines == std::vector<std::string>{"warning bad version"});
}

TEST_CASE("a step of the wall clock does not hold lines back") {
  CapturedLog captured;
  FakeClock clock;
  LogLimiter limiter(clock);
  limiter.warn("x", "first");
  clock.set_wall(Seconds(1));
  clock.advance(Seconds(2));
  limiter.warn("x", "second");
  CHECK(g_lines.size() == 2);
}

}  // namespace ox
