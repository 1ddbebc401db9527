#pragma once
// A program's own log: lines on stderr (under systemd with the syslog level in front, so that the
// journal knows it). Thread-safe; one line is one write().
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "common/base/clock.h"

namespace ox {

enum class LogLevel { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3 };

std::string_view log_level_name(LogLevel level);
// Accepts error, warning, info, debug. False when `name` is none of them.
bool parse_log_level(std::string_view name, LogLevel& out);

void set_log_level(LogLevel level);  // default kWarning
LogLevel log_level();
// Replaces stderr as the destination, for tests; nullptr restores it. Not thread-safe itself.
void set_log_sink(void (*sink)(LogLevel, std::string_view));

void log_line(LogLevel level, std::string_view text);
// The default destination, for a sink that only has something to do before.
void log_to_stderr(LogLevel level, std::string_view text);

template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  if (log_level() >= LogLevel::kWarning)
    log_line(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  if (log_level() >= LogLevel::kInfo)
    log_line(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  if (log_level() >= LogLevel::kDebug)
    log_line(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}

// Lets one line a second through for each reason, and says how many it held back. Thread-safe.
class LogLimiter {
 public:
  explicit LogLimiter(const Clock& clock = Clock::system()) : clock_(clock) {}
  // Warns "<text>" or "<text> (<n> more since)"; silent when `reason` was logged within a second.
  void warn(const std::string& reason, std::string_view text);

 private:
  struct Last {
    MonoTime at{};
    std::uint64_t held_back = 0;
  };
  const Clock& clock_;
  std::mutex mu_;
  std::map<std::string, Last> last_;  // guarded by mu_
};

}  // namespace ox
