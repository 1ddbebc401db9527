#include "common/base/log.h"

#include <atomic>
#include <cstdlib>

#include <unistd.h>

#include "common/base/civil_time.h"

namespace ox {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kWarning};
std::atomic<void (*)(LogLevel, std::string_view)> g_sink{nullptr};

// sd-daemon(3): journald reads a leading "<N>" as the syslog severity.
std::string_view journal_prefix(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "<3>";
    case LogLevel::kWarning:
      return "<4>";
    case LogLevel::kInfo:
      return "<6>";
    case LogLevel::kDebug:
      return "<7>";
  }
  return "";
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "unknown";
}

bool parse_log_level(std::string_view name, LogLevel& out) {
  for (LogLevel level : {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo, LogLevel::kDebug}) {
    if (log_level_name(level) == name) {
      out = level;
      return true;
    }
  }
  return false;
}

void set_log_level(LogLevel level) { g_level = level; }
LogLevel log_level() { return g_level.load(std::memory_order_relaxed); }
void set_log_sink(void (*sink)(LogLevel, std::string_view)) { g_sink = sink; }

void log_line(LogLevel level, std::string_view text) {
  if (auto sink = g_sink.load()) {
    sink(level, text);
  } else {
    log_to_stderr(level, text);
  }
}

void log_to_stderr(LogLevel level, std::string_view text) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  std::string line = journal ? fmt::format("{}{}\n", journal_prefix(level), text)
                             : fmt::format("{} {} {}\n", format_iso_utc(Clock::system().wall()),
                                           log_level_name(level), text);
  // One write keeps lines of several threads whole. There is nobody to tell when stderr fails.
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

void LogLimiter::warn(const std::string& reason, std::string_view text) {
  std::uint64_t held_back = 0;
  {
    std::lock_guard lock(mu_);
    auto [it, is_new] = last_.try_emplace(reason);
    MonoTime now = clock_.mono();
    if (!is_new && now - it->second.at < Seconds(1)) {
      ++it->second.held_back;
      return;
    }
    held_back = it->second.held_back;
    it->second = Last{now, 0};
  }
  if (held_back == 0) {
    log_warning("{}", text);
  } else {
    log_warning("{} ({} more since the last such line)", text, held_back);
  }
}

}  // namespace ox
