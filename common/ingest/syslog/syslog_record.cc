#include "common/ingest/syslog/syslog_record.h"

#include <algorithm>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr int kMaxPri = 191;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kMaxHost = 255;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool take_pri(std::string_view& text, int& pri) {
  if (text.size() < 3 || text.front() != '<') return false;
  int value = 0;
  std::size_t at = 1;
  while (at < text.size() && at < 4 && is_digit(text[at])) value = value * 10 + (text[at++] - '0');
  if (at == 1 || at >= text.size() || text[at] != '>' || value > kMaxPri) return false;
  pri = value;
  text.remove_prefix(at + 1);
  return true;
}

// Up to the next blank, which goes as well.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string_view unless_nil(std::string_view word) { return word == "-" ? word.substr(1) : word; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_host(std::string_view word) {
  return !word.empty() && word.size() <= kMaxHost &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' ||
                  c == '%' || c == '/' || c == '[' || c == ']';
         });
}

// "app: ", "app[42]: ", "app[42] ": the tag at the front. A number and a colon are some routers'
// counter, and no tag.
bool take_tag(std::string_view& rest, SyslogRecord& out) {
  std::size_t end = 0;
  bool letters = false;
  while (end < rest.size() && end <= kMaxTag && static_cast<unsigned char>(rest[end]) > ' ' &&
         rest[end] != ':' && rest[end] != '[') {
    letters = letters || is_letter(rest[end]) || static_cast<unsigned char>(rest[end]) >= 0x80;
    ++end;
  }
  if (end == 0 || end >= rest.size() || end > kMaxTag || !letters) return false;
  const std::string_view name = rest.substr(0, end);
  std::string_view pid;
  if (rest[end] == '[') {
    const std::size_t close = rest.find_first_of("] ", end + 1);
    if (close == std::string_view::npos || rest[close] != ']') return false;
    pid = rest.substr(end + 1, close - end - 1);
    end = close + 1;
    if (end < rest.size() && rest[end] != ':' && rest[end] != ' ') return false;
  } else if (rest[end] != ':') {
    return false;
  }
  if (end < rest.size() && rest[end] == ':') ++end;
  // "http://..." and "C:\..." begin no message.
  if (end < rest.size() && rest[end] != ' ' && pid.empty()) return false;
  if (end < rest.size() && rest[end] == ' ') ++end;
  out.name = name;
  out.pid = pid;
  rest.remove_prefix(end);
  return true;
}

}  // namespace

void SyslogParser::parse(std::string_view text, WallTime now, SyslogRecord& out) {
  out = SyslogRecord();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0' || text.back() == '\r'))
    text.remove_suffix(1);
  const bool has_pri = take_pri(text, out.pri);
  if (has_pri && text.starts_with("1 ") && parse_5424(text.substr(2), out)) return;
  parse_3164(text, has_pri, now, out);
}

bool SyslogParser::parse_5424(std::string_view rest, SyslogRecord& out) {
  SyslogRecord found;
  found.pri = out.pri;
  found.rfc5424 = true;
  const std::string_view time = unless_nil(take_word(rest));
  if (!time.empty()) {
    found.time = parse_rfc3339(time);
    found.time_text = time;
    // A time is what tells this form from a text that begins with "1 ".
    if (!found.time) return false;
  }
  found.host = unless_nil(take_word(rest));
  found.name = unless_nil(take_word(rest));
  found.pid = unless_nil(take_word(rest));
  found.msgid = unless_nil(take_word(rest));
  if (rest.starts_with('-') && (rest.size() == 1 || rest[1] == ' ')) {
    rest.remove_prefix(1);
  } else if (rest.starts_with('[')) {
    found.has_data = data_.take(rest);
  }
  // Broken or missing structured data is a part of the message.
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  found.message = rest;
  out = found;
  return true;
}

void SyslogParser::parse_3164(std::string_view rest, bool has_pri, WallTime now,
                              SyslogRecord& out) {
  const std::string_view before = rest;
  out.time = clock_.take_rfc3164(rest, now);
  if (out.time) {
    out.time_text = before.substr(0, before.size() - rest.size());
    if (out.time_text.ends_with(' ')) out.time_text.remove_suffix(1);
  } else if (!rest.empty() && is_digit(rest.front())) {
    std::string_view after = rest;
    const std::string_view word = take_word(after);
    out.time = parse_rfc3339(word);
    if (out.time) {
      out.time_text = word;
      rest = after;
    }
  }
  // What has neither is no syslog, but just a line.
  if (!has_pri && !out.time) {
    out.message = rest;
    return;
  }
  if (out.time) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!take_tag(rest, out)) {
      std::string_view after = rest;
      const std::string_view word = take_word(after);
      if (word.size() < rest.size() && is_host(word)) {
        out.host = word;
        rest = after;
        take_tag(rest, out);
      }
    }
  } else {
    take_tag(rest, out);
  }
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  out.message = rest;
}

}  // namespace ox
