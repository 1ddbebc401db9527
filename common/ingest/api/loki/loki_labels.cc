#include "common/ingest/api/loki/loki_labels.h"

#include <cstdint>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/api/packed_map.h"
#include "proto/utf8.h"

namespace ox {
namespace {

class LabelParser {
 public:
  explicit LabelParser(std::string_view text) : text_(text) {}

  bool parse(PackedMap& out) {
    skip_space();
    if (!take('{')) return fail("expected '{'");
    for (bool first = true;; first = false) {
      skip_space();
      if (take('}')) break;
      if (!first) {
        if (!take(',')) return fail("expected ',' or '}'");
        skip_space();
        if (take('}')) break;  // a comma behind the last one is fine
      }
      if (!label(out)) return false;
    }
    skip_space();
    return at_ == text_.size() || fail("there is more behind the '}'");
  }

  Status status() const {
    return Status(Code::kInvalid, fmt::format("labels, byte {}: {}", at_, problem_));
  }

 private:
  bool label(PackedMap& out) {
    std::string name;
    if (at_ < text_.size() && text_[at_] == '"') {
      if (!quoted(name)) return false;
    } else {
      const std::size_t end = text_.find_first_of(" \t\r\n=\",{}", at_);
      name = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
      if (name.empty()) return fail("expected the name of a label");
      at_ += name.size();
    }
    skip_space();
    if (!take('=')) return fail("expected '='");
    skip_space();
    std::string value;
    if (at_ < text_.size() && text_[at_] == '`') {
      const std::size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) return fail("a value has no end");
      value = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else if (!quoted(value)) {
      return false;
    }
    pack_text(out.key(name), value);
    return true;
  }

  bool quoted(std::string& out) {
    if (!take('"')) return fail("expected '\"'");
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c != '\\') {
        out.push_back(c);
        ++at_;
      } else if (!escape(out)) {
        return false;
      }
    }
    return fail("a value has no end");
  }

  // The escapes of Go's interpreted strings (go.dev/ref/spec, "Rune literals").
  bool escape(std::string& out) {
    constexpr std::string_view kNames = "abfnrtv\\\"'";
    constexpr std::string_view kMeant = "\a\b\f\n\r\t\v\\\"'";
    if (at_ + 1 == text_.size()) return fail("a value has no end");
    const char c = text_[at_ + 1];
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      out.push_back(kMeant[known]);
      at_ += 2;
      return true;
    }
    switch (c) {
      case 'x':
        return number(2, 16, 2, out);
      case 'u':
        return number(2, 16, 4, out);
      case 'U':
        return number(2, 16, 8, out);
      default:
        return number(1, 8, 3, out);
    }
  }

  // skip: bytes before the digits. One byte for \x and octal, a character for the others.
  bool number(std::size_t skip, std::uint32_t base, std::size_t digits, std::string& out) {
    constexpr std::uint32_t kMostBytes = 0xff;
    constexpr std::uint32_t kMostCharacters = 0x10ffff;
    std::uint32_t value = 0;
    const std::string_view text = text_.substr(at_ + skip, digits);
    if (text.size() < digits) return fail("an escape is cut off");
    for (char c : text) {
      const char lower = static_cast<char>(c | 0x20);
      std::uint32_t digit = base;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        digit = static_cast<std::uint32_t>(lower - 'a' + 10);
      }
      if (digit >= base) return fail("there is no such escape");
      value = value * base + digit;
    }
    const bool character = digits > 3;
    if (value > (character ? kMostCharacters : kMostBytes)) return fail("there is no such escape");
    if (character) {
      append_utf8(out, value);
    } else {
      out.push_back(static_cast<char>(value));
    }
    at_ += skip + digits;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool fail(const char* what) {
    problem_ = what;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  const char* problem_ = "";
};

}  // namespace

Status append_loki_labels(std::string_view text, std::string& out) {
  LabelParser parser(text);
  PackedMap labels;
  if (!parser.parse(labels)) return parser.status();
  labels.append_to(out);
  return ok_status();
}

}  // namespace ox
