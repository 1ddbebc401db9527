#include "proto/raw_value.h"

#include <array>
#include <cstring>

#include "common/base/bytes.h"
#include "proto/raw_pairs.h"

namespace ox {
namespace {

// What a value's first bytes say.
struct Head {
  RawValue::Kind kind = RawValue::Kind::kInvalid;
  std::size_t size = 0;        // bytes of the head itself; 0: the bytes end inside it, or are none
  std::size_t payload = 0;     // bytes of data behind it
  std::uint64_t children = 0;  // values behind it
};

using Kind = RawValue::Kind;

// The length of 1, 2 or 4 bytes behind a tag.
std::size_t length_at(std::string_view bytes, std::size_t width) {
  const char* at = bytes.data() + 1;
  if (width == 1) return load_be<std::uint8_t>(at);
  return width == 2 ? load_be<std::uint16_t>(at) : load_be<std::uint32_t>(at);
}

Head head_of(std::string_view bytes) {
  if (bytes.empty()) return {};
  const auto byte = static_cast<unsigned char>(bytes[0]);
  const RawTag tag = kRawTags[byte];
  if (tag.head == 0 || bytes.size() < tag.head) return {};
  Head head{tag.kind, tag.head, 0, 0};
  switch (tag.kind) {
    case Kind::kMap:
      head.children =
          2 * std::uint64_t{tag.head == 1 ? byte & 0xfU : length_at(bytes, tag.head - 1U)};
      break;
    case Kind::kArray:
      head.children = tag.head == 1 ? byte & 0xfU : length_at(bytes, tag.head - 1U);
      break;
    case Kind::kText:
      head.payload = tag.head == 1 ? byte & 0x1fU : length_at(bytes, tag.head - 1U);
      break;
    case Kind::kExt:
      head.payload =
          tag.whole != 0 ? tag.whole - std::size_t{tag.head} : length_at(bytes, tag.head - 2U);
      break;
    default:
      break;
  }
  return head;
}

}  // namespace

// What nearly all values are passed by: bytes of the value, but for its children, and how many those
// are. Of the others `size` is 0. (bench_scan: "scan of all events".)
struct SkipTag {
  std::uint8_t size = 0;
  std::uint8_t children = 0;
};

static constexpr std::array<SkipTag, 256> skip_tags() {
  std::array<SkipTag, 256> tags{};
  for (std::size_t tag = 0; tag < 256; ++tag) tags[tag].size = kRawTags[tag].whole;
  for (std::uint8_t n = 0; n < 16; ++n) {
    tags[0x80U + n] = {1, static_cast<std::uint8_t>(2 * n)};
    tags[0x90U + n] = {1, n};
  }
  return tags;
}

static constexpr std::array<SkipTag, 256> kSkipTags = skip_tags();

std::size_t skip_value_slow(std::string_view bytes) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  // Values still to come. Each takes a byte at least, so the loop ends with the bytes.
  std::uint64_t left = 1;
  while (left > 0) {
    if (p == end) return 0;
    const auto tag = static_cast<unsigned char>(*p);
    const auto rest = static_cast<std::size_t>(end - p);
    const SkipTag skip = kSkipTags[tag];
    std::size_t size = skip.size;
    left += skip.children;
    if (size == 0) {
      // Text of more than 31 bytes comes often.
      if (tag == 0xda && rest >= 3) {
        size = 3 + std::size_t{load_be<std::uint16_t>(p + 1)};
      } else if (tag == 0xd9 && rest >= 2) {
        size = 2 + std::size_t{load_be<std::uint8_t>(p + 1)};
      } else {
        Head head = head_of({p, rest});
        if (head.size == 0) return 0;
        size = head.size + head.payload;
        left += head.children;
      }
    }
    if (size > rest) return 0;
    p += size;
    --left;
  }
  return static_cast<std::size_t>(p - bytes.data());
}

Result<std::size_t> checked_length(std::string_view bytes, std::size_t max_depth) {
  OX_CHECK(max_depth >= 1 && max_depth <= kMaxEventDepth);
  std::array<std::uint64_t, kMaxEventDepth> left;  // values to come, by nesting
  std::size_t depth = 0;
  std::size_t at = 0;
  while (true) {
    if (at == bytes.size()) return Status(Code::kUnavailable, "the bytes end inside a value");
    Head head = head_of(bytes.substr(at));
    if (head.size == 0) {
      if (bytes[at] == '\xc1')
        return Status(Code::kCorrupt, "not MessagePack at byte " + std::to_string(at));
      return Status(Code::kUnavailable, "the bytes end inside a value");
    }
    if (head.payload > bytes.size() - at - head.size)
      return Status(Code::kUnavailable, "the bytes end inside a value");
    at += head.size + head.payload;
    if (head.kind == Kind::kArray || head.kind == Kind::kMap) {
      if (depth == max_depth)
        return Status(Code::kTooLarge,
                      "nested deeper than " + std::to_string(max_depth) + " levels");
      if (head.children > 0) {
        left[depth++] = head.children;
        continue;
      }
    }
    while (depth > 0 && --left[depth - 1] == 0) --depth;
    if (depth == 0) return at;
  }
}

std::size_t RawValue::header_size() const { return head_of(bytes_).size; }

std::optional<bool> RawValue::as_bool() const {
  if (kind() != Kind::kBool) return std::nullopt;
  return bytes_[0] == '\xc3';
}

std::optional<std::int64_t> RawValue::as_int() const {
  if (kind() != Kind::kInt) return std::nullopt;
  const char* p = bytes_.data() + 1;
  switch (static_cast<unsigned char>(bytes_[0])) {
    case 0xd0:
      return load_be<std::int8_t>(p);
    case 0xd1:
      return load_be<std::int16_t>(p);
    case 0xd2:
      return load_be<std::int32_t>(p);
    case 0xd3:
      return load_be<std::int64_t>(p);
    default:
      break;
  }
  if (static_cast<signed char>(bytes_[0]) < 0 && static_cast<unsigned char>(bytes_[0]) >= 0xe0)
    return static_cast<signed char>(bytes_[0]);
  auto value = as_uint();
  if (!value || *value > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<std::uint64_t> RawValue::as_uint() const {
  if (kind() != Kind::kInt) return std::nullopt;
  const char* p = bytes_.data() + 1;
  auto tag = static_cast<unsigned char>(bytes_[0]);
  switch (tag) {
    case 0xcc:
      return load_be<std::uint8_t>(p);
    case 0xcd:
      return load_be<std::uint16_t>(p);
    case 0xce:
      return load_be<std::uint32_t>(p);
    case 0xcf:
      return load_be<std::uint64_t>(p);
    default:
      break;
  }
  if (tag < 0x80) return tag;
  if (tag >= 0xe0) return std::nullopt;
  // A signed form that holds no negative number.
  auto value = as_int();
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<double> RawValue::as_number() const {
  switch (kind()) {
    case Kind::kFloat:
      if (bytes_[0] == '\xca') return static_cast<double>(load_be<float>(bytes_.data() + 1));
      return load_be<double>(bytes_.data() + 1);
    case Kind::kInt:
      if (auto value = as_int()) return static_cast<double>(*value);
      return static_cast<double>(*as_uint());
    default:
      return std::nullopt;
  }
}

std::optional<std::string_view> RawValue::as_text_slow() const {
  Head head = head_of(bytes_);
  if (head.kind != Kind::kText || head.payload > bytes_.size() - head.size) return std::nullopt;
  return bytes_.substr(head.size, head.payload);
}

std::size_t RawValue::size() const {
  Head head = head_of(bytes_);
  return static_cast<std::size_t>(head.kind == Kind::kMap ? head.children / 2 : head.children);
}

std::optional<RawValue> RawValue::find(std::string_view key) const {
  std::optional<RawValue> out;
  if (!is_map()) return out;
  (void)walk_pairs(bytes_, [&](std::string_view name, std::string_view value) {
    if (name.size() != key.size() || std::memcmp(name.data(), key.data(), key.size()) != 0)
      return true;
    out = RawValue(value);
    return false;
  });
  return out;
}

RawArray::Iterator RawArray::begin() const {
  if (!value_.is_array()) return end();
  return Iterator(value_.bytes().substr(value_.header_size()), value_.size());
}

RawArray::Iterator::Iterator(std::string_view rest, std::size_t left) : rest_(rest), left_(left) {
  if (left_ > 0 && (length_ = skip_value(rest_)) == 0) left_ = 0;
}

RawArray::Iterator& RawArray::Iterator::operator++() {
  *this = Iterator(rest_.substr(length_), left_ - 1);
  return *this;
}

RawMap::Iterator RawMap::begin() const {
  if (!value_.is_map()) return end();
  return Iterator(value_.bytes().substr(value_.header_size()), value_.size());
}

RawMap::Iterator::Iterator(std::string_view rest, std::size_t left) : rest_(rest), left_(left) {
  load();
}

RawMap::Iterator& RawMap::Iterator::operator++() {
  --left_;
  load();
  return *this;
}

void RawMap::Iterator::load() {
  if (left_ == 0) return;
  std::size_t key = skip_value(rest_);
  std::size_t value = key == 0 ? 0 : skip_value(rest_.substr(key));
  if (value == 0) {
    left_ = 0;
    return;
  }
  entry_.key = RawValue(rest_.substr(0, key));
  entry_.value = RawValue(rest_.substr(key, value));
  entry_.name = entry_.key.as_text().value_or(std::string_view());
  rest_.remove_prefix(key + value);
}

}  // namespace ox
