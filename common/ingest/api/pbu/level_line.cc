#include "common/ingest/api/pbu/level_line.h"

#include <ctime>
#include <iterator>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/model/text.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr WallTime kEarliest = Seconds(946'684'800);  // 2000-01-01T00:00:00Z
constexpr Micros kAhead = std::chrono::hours(24);

// Of a field in front of the message: it must not end the line, nor itself.
std::string one_word(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\n' || c == '\r') c = ' ';
  return out;
}

}  // namespace

WallTime sane_time(WallTime created, WallTime now) {
  return created >= kEarliest && created <= now + kAhead ? created : now;
}

LevelLine::LevelLine(PbuLayout layout, WallTime at, std::string_view level, std::string_view name,
                     std::int64_t line, std::string_view message)
    : layout_(layout) {
  const auto seconds = std::chrono::floor<Seconds>(at);
  const std::time_t as_time = seconds.count();
  const std::int64_t millis = (at - seconds) / Millis(1);
  std::tm tm{};
  ::localtime_r(&as_time, &tm);
  const std::string when = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", tm.tm_year + 1900,
                                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  auto out = std::back_inserter(text_);
  if (layout_ == PbuLayout::kSeed) {
    fmt::format_to(out, "{},{:03} {}:{} ", when, millis, one_word(level), one_word(name));
  } else {
    fmt::format_to(out, "[{}.{:03}] {}:{}:{} ", when, millis, one_word(level), one_word(name),
                   line);
  }
  append_text(message);
}

void LevelLine::add(std::string_view text) {
  text_.push_back('\n');
  if (looks_like_head(text)) text_.push_back(' ');
  append_text(text);
}

// Line ends of every kind are those that readers see, so they become one kind.
void LevelLine::append_text(std::string_view text) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    text_.append(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    if (text.empty()) return;
    text_.push_back('\n');
    if (looks_like_head(text)) text_.push_back(' ');
  }
}

bool LevelLine::looks_like_head(std::string_view line) const {
  if (line.starts_with('[')) return true;
  return layout_ == PbuLayout::kSeed && line.size() > 4 && is_digit(line[0]) && is_digit(line[1]) &&
         is_digit(line[2]) && is_digit(line[3]) && line[4] == '-';
}

void LevelLine::append_to(std::string& out) const {
  if (is_utf8(text_)) {
    out.append(text_);
  } else {
    ox::append_text(out, text_, Controls::kKeep);
  }
  out.push_back('\n');
}

}  // namespace ox
