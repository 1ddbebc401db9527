#include "common/ingest/syslog/syslog_frames.h"

#include <algorithm>
#include <cstring>

#include "common/base/ascii.h"
#include "common/ingest/stream/python_pickle.h"

namespace ox {
namespace {

constexpr std::size_t kMaxLengthDigits = 10;

std::size_t find_byte(std::string_view text, char wanted) {
  if (text.empty()) return std::string_view::npos;
  const void* found = std::memchr(text.data(), wanted, text.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

SyslogFrames::Outcome SyslogFrames::next(std::string_view bytes, std::size_t& at, Frame& out) {
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    if (!mid_line_) {
      const char first = rest.front();
      if (first >= '1' && first <= '9') return next_counted(rest, at, out);
      if (first == '\0' && !decided_) {
        if (begins_like_pickle(rest)) return Outcome::kPickle;
        if (rest.size() < kPickleMarkBytes) return Outcome::kMore;
      }
    }
    const Outcome outcome = next_delimited(rest, at, out);
    if (outcome != Outcome::kFrame || !out.text.empty() || !out.starts) return outcome;
    // Between frames, a line end too many is no message.
  }
  return Outcome::kMore;
}

SyslogFrames::Outcome SyslogFrames::next_counted(std::string_view rest, std::size_t& at,
                                                 Frame& out) const {
  std::size_t length = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) {
    if (digits == kMaxLengthDigits) return Outcome::kBroken;
    length = length * 10 + static_cast<std::size_t>(rest[digits++] - '0');
  }
  if (digits == rest.size()) return Outcome::kMore;
  if (rest[digits] != ' ' || length > max_frame_) return Outcome::kBroken;
  if (rest.size() - digits - 1 < length) return Outcome::kMore;
  out = {rest.substr(digits + 1, length), true, true};
  at += digits + 1 + length;
  return Outcome::kFrame;
}

SyslogFrames::Outcome SyslogFrames::next_delimited(std::string_view rest, std::size_t& at,
                                                   Frame& out) {
  const std::string_view within = rest.substr(0, max_frame_ + 1);
  std::size_t end = nul_only_ ? find_byte(within, '\0') : find_byte(within, '\n');
  if (!nul_only_)
    end = std::min(end, find_byte(within.substr(0, std::min(end, within.size())), '\0'));
  out.starts = !mid_line_;
  if (end == std::string_view::npos) {
    if (within.size() <= max_frame_) return Outcome::kMore;
    out.text = within.substr(0, max_frame_);
    out.ends = false;
    mid_line_ = true;
    at += max_frame_;
    return Outcome::kFrame;
  }
  out.text = rest.substr(0, end);
  if (rest[end] == '\n' && out.text.ends_with('\r')) out.text.remove_suffix(1);
  out.ends = true;
  mid_line_ = false;
  if (!decided_ && !out.text.empty()) {
    decided_ = true;
    nul_only_ = rest[end] == '\0';
  }
  at += end + 1;
  return Outcome::kFrame;
}

bool SyslogFrames::rest(std::string_view bytes, Frame& out) {
  // Of a counted frame that was cut, what is there.
  if (!mid_line_ && !bytes.empty() && bytes.front() >= '1' && bytes.front() <= '9') {
    const std::size_t blank = find_byte(bytes, ' ');
    if (blank == std::string_view::npos) return false;
    bytes.remove_prefix(blank + 1);
  }
  while (!bytes.empty() && (bytes.back() == '\r' || bytes.back() == '\0')) bytes.remove_suffix(1);
  out = {bytes, !mid_line_, true};
  return !bytes.empty();
}

}  // namespace ox
