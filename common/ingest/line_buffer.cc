#include "common/ingest/line_buffer.h"

#include <algorithm>
#include <cstring>

#include "common/base/status.h"

namespace ox {
namespace {

constexpr std::size_t kLongestUtf8 = 4;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Where to cut `text` at the latest, so that no UTF-8 character is torn; its whole size when its
// end is no UTF-8 anyway.
std::size_t cut_before_torn_character(std::string_view text) {
  for (std::size_t back = 1; back <= std::min(kLongestUtf8 - 1, text.size()); ++back) {
    auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;  // a continuation: look for its lead byte
    std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

LineBuffer::LineBuffer(std::size_t max_line, bool mid_line)
    : max_line_(max_line), mid_line_(mid_line) {
  OX_CHECK(max_line >= kLongestUtf8);
}

void LineBuffer::append(std::string_view bytes) {
  if (begin_ > 0) {
    data_.erase(0, begin_);
    begin_ = 0;
  }
  data_.append(bytes);
}

LineBuffer::Line LineBuffer::line_of(std::string_view raw, std::size_t size, bool ends) const {
  // Only the ends of the line are stripped, not the seams between its pieces.
  if (!mid_line_)
    while (!raw.empty() && is_space(raw.front())) raw.remove_prefix(1);
  if (ends)
    while (!raw.empty() && is_space(raw.back())) raw.remove_suffix(1);
  return {raw, size, !mid_line_, ends};
}

bool LineBuffer::peek(Line& out) {
  std::string_view waiting = std::string_view(data_).substr(begin_);
  // A line of just the longest length still has its LF at max_line_.
  std::size_t window = std::min(waiting.size(), max_line_ + 1);
  if (scanned_ < window) {
    const void* found = std::memchr(waiting.data() + scanned_, '\n', window - scanned_);
    if (found != nullptr) {
      auto length = static_cast<std::size_t>(static_cast<const char*>(found) - waiting.data());
      // Not scanned_ = length: the next peek() must find the LF again.
      out = line_of(waiting.substr(0, length), length + 1, true);
      return true;
    }
    scanned_ = window;
  }
  if (waiting.size() <= max_line_) return false;
  std::size_t piece = cut_before_torn_character(waiting.substr(0, max_line_));
  out = line_of(waiting.substr(0, piece), piece, false);
  return true;
}

bool LineBuffer::peek_rest(Line& out) const {
  if (size() == 0 && !mid_line_) return false;
  out = line_of(std::string_view(data_).substr(begin_), size(), true);
  return true;
}

void LineBuffer::pop(const Line& line) {
  begin_ += line.size;
  scanned_ = 0;
  mid_line_ = !line.ends;
  if (begin_ < data_.size()) return;
  data_.clear();
  begin_ = 0;
}

void LineBuffer::release() {
  if (data_.empty()) std::string().swap(data_);
}

void LineBuffer::clear() {
  data_.clear();
  begin_ = 0;
  scanned_ = 0;
  mid_line_ = false;
}

}  // namespace ox
