#pragma once
// MessagePack looked at without decoding it: values stay the bytes they are, so that they can be
// copied into an event as they came. Old and new spec; nothing is allocated.
// Every function is safe on any bytes: a view over bytes that are no MessagePack, or end too early,
// has kind kInvalid, and iteration ends there.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "proto/event_view.h"

namespace ox {

// How deep a foreign value may nest, so that the event around it keeps within kMaxEventDepth.
inline constexpr std::size_t kMaxForeignDepth = kMaxEventDepth - 6;

// The length of the value at the front of `bytes`; 0 when there is none. Depth is not bounded, nor
// does it need to be.
inline std::size_t skip_value(std::string_view bytes);
std::size_t skip_value_slow(std::string_view bytes);  // the same, for all but the shortest

// The same for bytes that a peer sent. Errors: kCorrupt (not MessagePack), kTooLarge (nested deeper
// than max_depth containers, which is 1 to kMaxEventDepth), kUnavailable (`bytes` ends inside it).
Result<std::size_t> checked_length(std::string_view bytes,
                                   std::size_t max_depth = kMaxForeignDepth);

// One MessagePack value. Copies are cheap; the bytes must outlive it.
class RawValue {
 public:
  enum class Kind : std::uint8_t {
    kInvalid,  // no value
    kNil,
    kBool,
    kInt,    // signed and unsigned
    kFloat,  // 32 and 64 bits
    kText,   // str and bin, which are the same here, valid UTF-8 or not
    kArray,
    kMap,
    kExt,
  };

  RawValue() = default;
  // `bytes` begin with the value; what follows it does no harm, but is part of bytes().
  explicit RawValue(std::string_view bytes) : bytes_(bytes) {}
  // The value at the front of `bytes`, cut to its length.
  static RawValue front_of(std::string_view bytes) {
    return RawValue(bytes.substr(0, skip_value(bytes)));
  }

  std::string_view bytes() const { return bytes_; }
  Kind kind() const;  // below: with a table, since it is asked for nearly every value

  bool valid() const { return kind() != Kind::kInvalid; }
  bool is_nil() const { return kind() == Kind::kNil; }
  bool is_map() const { return kind() == Kind::kMap; }
  bool is_array() const { return kind() == Kind::kArray; }

  // Each nothing when the value is of another kind, or does not fit.
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;    // no bool, no float
  std::optional<std::uint64_t> as_uint() const;  // the same
  std::optional<double> as_number() const;       // integers (rounded when need be) and floats
  std::optional<std::string_view> as_text() const {
    if (auto text = short_text(bytes_); text.data() != nullptr) return text;
    return as_text_slow();
  }

  // Elements of an array, pairs of a map; otherwise 0. As announced: there may be fewer.
  std::size_t size() const;

  // The value of the first pair of a map whose key is the text `key`.
  std::optional<RawValue> find(std::string_view key) const;

 private:
  friend class RawArray;
  friend class RawMap;
  friend std::size_t skip_value(std::string_view bytes);
  // Text of up to 31 bytes at the front; data() is nullptr when there is none.
  static std::string_view short_text(std::string_view bytes) {
    if (bytes.empty() || (bytes[0] & '\xe0') != '\xa0') return {};
    const std::size_t size = bytes[0] & 0x1f;
    return size < bytes.size() ? bytes.substr(1, size) : std::string_view();
  }
  std::optional<std::string_view> as_text_slow() const;
  std::size_t header_size() const;  // of an array or a map; never more than there are bytes

  std::string_view bytes_;
};

// What the first byte of a value says (https://github.com/msgpack/msgpack/blob/master/spec.md).
struct RawTag {
  RawValue::Kind kind = RawValue::Kind::kInvalid;
  std::uint8_t head = 0;   // bytes of tag and length; 0 for 0xc1, which is never used
  std::uint8_t whole = 0;  // bytes of the whole value; 0: its length, or its children, decide
};

constexpr std::array<RawTag, 256> raw_tags() {
  using Kind = RawValue::Kind;
  std::array<RawTag, 256> tags{};
  for (unsigned tag = 0; tag < 256; ++tag)
    if (tag < 0x80 || tag >= 0xe0) tags[tag] = {Kind::kInt, 1, 1};
  for (unsigned n = 0; n < 16; ++n) {
    tags[0x80 + n] = {Kind::kMap, 1, 0};
    tags[0x90 + n] = {Kind::kArray, 1, 0};
  }
  for (unsigned n = 0; n < 32; ++n)
    tags[0xa0 + n] = {Kind::kText, 1, static_cast<std::uint8_t>(1 + n)};
  tags[0xc0] = {Kind::kNil, 1, 1};
  tags[0xc2] = tags[0xc3] = {Kind::kBool, 1, 1};
  for (unsigned n = 0; n < 3; ++n) {
    const auto width = static_cast<std::uint8_t>(1U << n);
    tags[0xc4 + n] = tags[0xd9 + n] = {Kind::kText, static_cast<std::uint8_t>(1 + width), 0};
    tags[0xc7 + n] = {Kind::kExt, static_cast<std::uint8_t>(2 + width), 0};
  }
  tags[0xca] = {Kind::kFloat, 5, 5};
  tags[0xcb] = {Kind::kFloat, 9, 9};
  for (unsigned n = 0; n < 4; ++n) {
    const auto size = static_cast<std::uint8_t>(1 + (1U << n));
    tags[0xcc + n] = tags[0xd0 + n] = {Kind::kInt, size, size};
  }
  for (unsigned n = 0; n < 5; ++n)
    tags[0xd4 + n] = {Kind::kExt, 2, static_cast<std::uint8_t>(2 + (1U << n))};
  tags[0xdc] = {Kind::kArray, 3, 0};
  tags[0xdd] = {Kind::kArray, 5, 0};
  tags[0xde] = {Kind::kMap, 3, 0};
  tags[0xdf] = {Kind::kMap, 5, 0};
  return tags;
}

inline constexpr std::array<RawTag, 256> kRawTags = raw_tags();

inline RawValue::Kind RawValue::kind() const {
  if (bytes_.empty()) return Kind::kInvalid;
  const RawTag tag = kRawTags[static_cast<unsigned char>(bytes_[0])];
  return bytes_.size() >= tag.head ? tag.kind : Kind::kInvalid;
}

inline std::size_t skip_value(std::string_view bytes) {
  if (!bytes.empty()) {
    const std::size_t whole = kRawTags[static_cast<unsigned char>(bytes[0])].whole;
    if (whole != 0 && whole <= bytes.size()) return whole;
  }
  return skip_value_slow(bytes);
}

// for (RawValue element : RawArray(value)): nothing for what is no array.
class RawArray {
 public:
  class Iterator {
   public:
    RawValue operator*() const { return RawValue(rest_.substr(0, length_)); }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left_ != other.left_; }

   private:
    friend class RawArray;
    Iterator(std::string_view rest, std::size_t left);
    std::string_view rest_;
    std::size_t length_ = 0;
    std::size_t left_ = 0;
  };

  explicit RawArray(RawValue value) : value_(value) {}
  Iterator begin() const;
  Iterator end() const { return Iterator({}, 0); }

 private:
  RawValue value_;
};

// for (const RawMap::Entry& entry : RawMap(value)), in the order of the wire, duplicates included;
// nothing for what is no map.
class RawMap {
 public:
  struct Entry {
    std::string_view name;  // the key when it is text, otherwise empty
    RawValue key;
    RawValue value;
  };

  class Iterator {
   public:
    const Entry& operator*() const { return entry_; }
    const Entry* operator->() const { return &entry_; }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left_ != other.left_; }

   private:
    friend class RawMap;
    Iterator(std::string_view rest, std::size_t left);
    void load();
    std::string_view rest_;  // behind entry_
    Entry entry_;
    std::size_t left_ = 0;
  };

  explicit RawMap(RawValue value) : value_(value) {}
  Iterator begin() const;
  Iterator end() const { return Iterator({}, 0); }

 private:
  RawValue value_;
};

}  // namespace ox
