#pragma once
// JSON (RFC 8259) to MessagePack in one pass, tolerant where Python's json.dumps() and careless
// senders are not strict:
//   - NaN, Infinity, -Infinity: float64;
//   - numbers that no 64-bit integer or float64 can hold (integers below -2^63 or above 2^64-1,
//     floats whose value is beyond 1.8e308): their digits as text, exactly as they stand;
//   - \ud800 without its other half: the three bytes that UTF-8 would have for it (ed a0 80);
//   - bytes that are no UTF-8: kept as they are (MessagePack's raw takes any);
//   - a byte order mark in front of the document.
// Kept: the order of keys, keys that occur twice, integers as integers (a minus zero is 0), floats
// as float64 even when their fraction is zero. Nothing else is forgiven.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

// What was forgiven in a document, for those that must not.
struct JsonNotes {
  bool non_finite = false;      // NaN, Infinity
  bool number_as_text = false;  // beyond 64 bits
  bool lone_surrogate = false;
  bool invalid_utf8 = false;
};

// Not thread-safe; keep one and use it again.
class JsonTextParser {
 public:
  explicit JsonTextParser(std::size_t max_depth = kMaxForeignDepth) : max_depth_(max_depth) {}

  // Appends the document at the front of `text`, behind white space. used: the bytes up to its end.
  // Errors leave `out` as it was: kInvalid, kTooLarge (nested too deeply), kUnavailable (`text` ends
  // inside the document, or is nothing but white space). All say where: "line 1, column 7 (byte
  // 6): ...", counted within `text`; columns and bytes alike are bytes.
  Status parse_front(std::string_view text, std::size_t& used, std::string& out);

  // What parse_front() forgave in the last document.
  const JsonNotes& notes() const { return notes_; }

 private:
  struct Container {
    std::size_t header_at;  // in out: a gap of kMaxPackedHeader bytes
    std::uint32_t size;     // elements or pairs
    bool is_map;
  };

  bool value();
  bool open(bool is_map);
  bool key();
  bool text();
  bool escape();
  bool hex4(std::uint32_t& out);
  bool number();
  bool word(std::string_view word);
  void skip_space();
  void check_utf8(std::string_view bytes);
  void close_gaps();
  // Where the next `size` bytes go.
  char* room(std::size_t size) {
    if (static_cast<std::size_t>(limit_ - to_) < size) grow(size);
    return to_;
  }
  void grow(std::size_t size);
  std::size_t written() const { return static_cast<std::size_t>(to_ - out_->data()); }
  bool fail(Code code, const char* what);
  Status error() const;

  const std::size_t max_depth_;
  JsonNotes notes_;
  // What is written stands in *out_ up to to_, with spare bytes up to limit_: appending to a string
  // costs twice as much.
  std::string* out_ = nullptr;
  std::size_t begin_ = 0;  // of the document in *out_
  char* to_ = nullptr;
  char* limit_ = nullptr;
  std::string_view in_;
  std::size_t at_ = 0;
  std::vector<Container> containers_;  // in the order they were opened
  std::vector<std::size_t> open_;      // those that are open: indices of containers_
  Code code_ = Code::kOk;
  const char* what_ = "";
  std::size_t error_at_ = 0;
};

// "line 1, column 7 (byte 6)".
std::string describe_position(std::string_view text, std::size_t at);

}  // namespace ox
