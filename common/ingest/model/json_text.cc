#include "common/ingest/model/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "common/base/ascii.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// In up to four bytes; halves of surrogates as if they were characters.
char* put_utf8(char* p, std::uint32_t c) {
  auto put = [&](std::uint32_t byte) { *p++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
    return p;
  }
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
  return p;
}

}  // namespace

std::string describe_position(std::string_view text, std::size_t at) {
  std::size_t line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < at && i < text.size(); ++i) {
    if (text[i] != '\n') continue;
    ++line;
    line_begin = i + 1;
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(at - line_begin + 1) +
         " (byte " + std::to_string(at) + ")";
}

bool JsonTextParser::fail(Code code, const char* what) {
  code_ = code;
  what_ = what;
  error_at_ = at_;
  return false;
}

Status JsonTextParser::error() const {
  return Status(code_, describe_position(in_, error_at_) + ": " + what_);
}

void JsonTextParser::skip_space() {
  while (at_ < in_.size() && is_json_space(in_[at_])) ++at_;
}

Status JsonTextParser::parse_front(std::string_view text, std::size_t& used, std::string& out) {
  in_ = text;
  at_ = 0;
  notes_ = {};
  containers_.clear();
  open_.clear();
  out_ = &out;
  begin_ = out.size();
  to_ = limit_ = out.data() + begin_;
  grow(std::min<std::size_t>(text.size(), 1024));
  if (in_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  skip_space();
  bool good = value();
  // Each turn takes one element, or closes one container.
  while (good && !open_.empty()) {
    Container& container = containers_[open_.back()];
    const char close = container.is_map ? '}' : ']';
    skip_space();
    if (at_ == in_.size()) {
      good = fail(Code::kUnavailable, "the document ends inside an array or an object");
    } else if (in_[at_] == close) {
      ++at_;
      open_.pop_back();
    } else {
      if (container.size > 0) {
        if (in_[at_] != ',') {
          good = fail(Code::kInvalid,
                      container.is_map ? "expected ',' or '}'" : "expected ',' or ']'");
          break;
        }
        ++at_;
        skip_space();
      }
      ++container.size;
      good = (!container.is_map || key()) && value();
    }
  }
  if (!good) {
    out.resize(begin_);
    return error();
  }
  if (!containers_.empty()) close_gaps();
  out.resize(written());
  used = at_;
  return ok_status();
}

bool JsonTextParser::key() {
  if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends before a key");
  if (in_[at_] != '"') return fail(Code::kInvalid, "expected a key in double quotes");
  if (!text()) return false;
  skip_space();
  if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends behind a key");
  if (in_[at_] != ':') return fail(Code::kInvalid, "expected ':' behind the key");
  ++at_;
  skip_space();
  return true;
}

// Opens a container rather than parse it; parse_front() does that without recursion.
bool JsonTextParser::value() {
  if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends before a value");
  switch (in_[at_]) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      return text();
    case 't':
      to_ = put_bool(room(kMaxPackedScalar), true);
      return word("true");
    case 'f':
      to_ = put_bool(room(kMaxPackedScalar), false);
      return word("false");
    case 'n':
      to_ = put_nil(room(1));
      return word("null");
    case 'N':
      notes_.non_finite = true;
      to_ = put_double(room(kMaxPackedScalar), std::numeric_limits<double>::quiet_NaN());
      return word("NaN");
    case 'I':
      notes_.non_finite = true;
      to_ = put_double(room(kMaxPackedScalar), std::numeric_limits<double>::infinity());
      return word("Infinity");
    default:
      return number();
  }
}

bool JsonTextParser::open(bool is_map) {
  if (open_.size() == max_depth_) return fail(Code::kTooLarge, "nested too deeply");
  ++at_;
  open_.push_back(containers_.size());
  containers_.push_back({written(), 0, is_map});
  to_ = room(kMaxPackedHeader) + kMaxPackedHeader;
  return true;
}

bool JsonTextParser::word(std::string_view word) {
  std::string_view have = in_.substr(at_, word.size());
  if (have != word) {
    bool cut = word.starts_with(have);
    return fail(cut ? Code::kUnavailable : Code::kInvalid,
                cut ? "the document ends inside a word" : "expected a value");
  }
  at_ += word.size();
  return true;
}

bool JsonTextParser::text() {
  ++at_;
  std::size_t end = json_plain_end(in_, at_);
  if (end < in_.size() && in_[end] == '"') {
    std::string_view plain = in_.substr(at_, end - at_);
    check_utf8(plain);
    to_ = put_text(room(kMaxPackedHeader + plain.size()), plain);
    at_ = end + 1;
    return true;
  }
  // With escapes: unescaped behind a gap for the longest header.
  const std::size_t begin = written();
  to_ = room(kMaxPackedHeader) + kMaxPackedHeader;
  while (true) {
    std::string_view plain = in_.substr(at_, end - at_);
    check_utf8(plain);
    to_ = put_bytes(room(plain.size()), plain);
    at_ = end;
    if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends inside a string");
    if (in_[at_] == '"') break;
    if (in_[at_] != '\\') return fail(Code::kInvalid, "a control character in a string");
    if (!escape()) return false;
    end = json_plain_end(in_, at_);
  }
  ++at_;
  const std::size_t size = written() - begin - kMaxPackedHeader;
  char* header = out_->data() + begin;
  char* to = put_text_header(header, size);
  std::memmove(to, header + kMaxPackedHeader, size);
  to_ = to + size;
  return true;
}

bool JsonTextParser::escape() {
  const std::size_t backslash = at_;
  ++at_;
  if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends inside a string");
  room(4);
  switch (in_[at_++]) {
    case '"':
      *to_++ = '"';
      return true;
    case '\\':
      *to_++ = '\\';
      return true;
    case '/':
      *to_++ = '/';
      return true;
    case 'b':
      *to_++ = '\b';
      return true;
    case 'f':
      *to_++ = '\f';
      return true;
    case 'n':
      *to_++ = '\n';
      return true;
    case 'r':
      *to_++ = '\r';
      return true;
    case 't':
      *to_++ = '\t';
      return true;
    case 'u':
      break;
    default:
      at_ = backslash;
      return fail(Code::kInvalid, "an unknown escape in a string");
  }
  std::uint32_t unit = 0;
  if (!hex4(unit)) return false;
  if (unit >= 0xd800 && unit < 0xdc00 && in_.substr(at_, 2) == "\\u") {
    const std::size_t second_at = at_;
    std::uint32_t second = 0;
    at_ += 2;
    if (!hex4(second)) return false;
    if (second >= 0xdc00 && second < 0xe000) {
      unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
    } else {
      at_ = second_at;
    }
  }
  if (unit >= 0xd800 && unit < 0xe000) notes_.lone_surrogate = true;
  to_ = put_utf8(room(4), unit);
  return true;
}

bool JsonTextParser::hex4(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    if (at_ == in_.size()) return fail(Code::kUnavailable, "the document ends inside a string");
    char c = in_[at_];
    int digit = is_digit(c)              ? c - '0'
                : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                         : -1;
    if (digit < 0) return fail(Code::kInvalid, "expected four hex digits behind \\u");
    out = out * 16 + static_cast<std::uint32_t>(digit);
  }
  return true;
}

bool JsonTextParser::number() {
  const std::size_t begin = at_;
  const bool negative = in_[at_] == '-';
  if (negative) ++at_;
  if (negative && at_ < in_.size() && in_[at_] == 'I') {
    notes_.non_finite = true;
    to_ = put_double(room(kMaxPackedScalar), -std::numeric_limits<double>::infinity());
    return word("Infinity");
  }
  auto digits = [this] {
    std::size_t from = at_;
    while (at_ < in_.size() && is_digit(in_[at_])) ++at_;
    return at_ - from;
  };
  auto missing = [this](const char* what) {
    return at_ == in_.size() ? fail(Code::kUnavailable, "the document ends inside a number")
                             : fail(Code::kInvalid, what);
  };
  const std::size_t whole_at = at_;
  const std::size_t whole = digits();
  if (whole == 0) return missing(negative ? "expected a digit" : "expected a value");
  if (whole > 1 && in_[whole_at] == '0') {
    at_ = begin;
    return fail(Code::kInvalid, "a number with a leading zero");
  }
  bool integer = true;
  if (at_ < in_.size() && in_[at_] == '.') {
    integer = false;
    ++at_;
    if (digits() == 0) return missing("expected a digit behind the point");
  }
  if (at_ < in_.size() && (in_[at_] == 'e' || in_[at_] == 'E')) {
    integer = false;
    ++at_;
    if (at_ < in_.size() && (in_[at_] == '+' || in_[at_] == '-')) ++at_;
    if (digits() == 0) return missing("expected a digit in the exponent");
  }
  const char* first = in_.data() + begin;
  const char* last = in_.data() + at_;
  if (integer) {
    std::int64_t signed_value = 0;
    std::uint64_t unsigned_value = 0;
    if (negative && std::from_chars(first, last, signed_value).ec == std::errc()) {
      to_ = put_int(room(kMaxPackedScalar), signed_value);
      return true;
    }
    if (!negative && std::from_chars(first, last, unsigned_value).ec == std::errc()) {
      to_ = put_uint(room(kMaxPackedScalar), unsigned_value);
      return true;
    }
  } else if (auto value =
                 parse_double(std::string_view(first, static_cast<std::size_t>(last - first)));
             std::isfinite(value)) {
    to_ = put_double(room(kMaxPackedScalar), value);
    return true;
  }
  notes_.number_as_text = true;
  const std::string_view digits_as_text = in_.substr(begin, at_ - begin);
  to_ = put_text(room(kMaxPackedHeader + digits_as_text.size()), digits_as_text);
  return true;
}

void JsonTextParser::check_utf8(std::string_view bytes) {
  if (!notes_.invalid_utf8 && !is_utf8(bytes)) notes_.invalid_utf8 = true;
}

// Headers become as short as their sizes allow: one pass over what was written.
void JsonTextParser::close_gaps() {
  char* base = out_->data();
  char* to = base + begin_;
  std::size_t from = begin_;
  for (const Container& container : containers_) {
    std::size_t length = container.header_at - from;
    if (length > 0) std::memmove(to, base + from, length);
    to += length;
    to = container.is_map ? put_map_header(to, container.size)
                          : put_array_header(to, container.size);
    from = container.header_at + kMaxPackedHeader;
  }
  std::size_t length = written() - from;
  std::memmove(to, base + from, length);
  to_ = to + length;
}

void JsonTextParser::grow(std::size_t size) {
  const std::size_t used = written();
  // Twice what the document has so far: no byte is moved or cleared more than a few times.
  out_->resize(used + std::max<std::size_t>({size, 64, used - begin_}));
  to_ = out_->data() + used;
  limit_ = out_->data() + out_->size();
}

}  // namespace ox
