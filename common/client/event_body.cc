#include "common/client/event_body.h"

#include <limits>

#include "common/base/bytes.h"
#include "proto/batch.h"
#include "proto/event_view.h"

namespace ox {
namespace {

class Packer {
 public:
  explicit Packer(std::size_t limit) : limit_(limit) {}

  // False when the value nests deeper than `depth`, or outgrows the limit.
  bool pack(const Value& value, std::size_t depth) {
    switch (value.kind()) {
      case Value::Kind::kNil:
        out_.push_back('\xc0');
        return true;
      case Value::Kind::kBool:
        out_.push_back(value.boolean() ? '\xc3' : '\xc2');
        return true;
      case Value::Kind::kInt:
        pack_int(value.integer());
        return true;
      case Value::Kind::kUint:
        pack_uint(value.unsigned_integer());
        return true;
      case Value::Kind::kDouble:
        pack_double(value.real());
        return true;
      case Value::Kind::kText:
        return pack_text(value.text());
      case Value::Kind::kList:
        if (depth == 0 || !pack_length(value.list().size(), 0x90, '\xdc')) return false;
        for (const Value& element : value.list())
          if (!pack(element, depth - 1)) return false;
        return true;
      case Value::Kind::kMap:
        if (depth == 0 || !pack_length(value.members().size(), 0x80, '\xde')) return false;
        for (const Value::Member& member : value.members())
          if (!pack_text(member.key) || !pack(member.value, depth - 1)) return false;
        return true;
    }
    return false;
  }

  // Nil in place of a value that does not fit, and false.
  bool pack_or_nil(const Value& value, std::size_t depth) {
    const std::size_t at = out_.size();
    if (pack(value, depth) && out_.size() <= limit_) return true;
    out_.resize(at);
    out_.push_back('\xc0');
    return false;
  }

  void pack_uint(std::uint64_t value) {
    if (value < 0x80) {
      put(static_cast<std::uint8_t>(value));
    } else if (value <= std::numeric_limits<std::uint8_t>::max()) {
      put_tagged('\xcc', static_cast<std::uint8_t>(value));
    } else if (value <= std::numeric_limits<std::uint16_t>::max()) {
      put_tagged('\xcd', static_cast<std::uint16_t>(value));
    } else if (value <= std::numeric_limits<std::uint32_t>::max()) {
      put_tagged('\xce', static_cast<std::uint32_t>(value));
    } else {
      put_tagged('\xcf', value);
    }
  }

  void pack_double(double value) { put_tagged('\xcb', value); }

  bool pack_text(std::string_view text) {
    if (text.size() > limit_ || out_.size() + text.size() > limit_) return false;
    if (text.size() < 32) {
      put(static_cast<std::uint8_t>(0xa0U | text.size()));
    } else if (text.size() <= std::numeric_limits<std::uint16_t>::max()) {
      put_tagged('\xda', static_cast<std::uint16_t>(text.size()));
    } else {
      put_tagged('\xdb', static_cast<std::uint32_t>(text.size()));
    }
    out_.append(text);
    return true;
  }

  // Of a list or a map; the tag of 32-bit lengths is one above that of 16-bit lengths.
  bool pack_length(std::size_t length, unsigned fix_tag, char tag16) {
    if (length > limit_ || out_.size() + length > limit_) return false;
    if (length < 16) {
      put(static_cast<std::uint8_t>(fix_tag | length));
    } else if (length <= std::numeric_limits<std::uint16_t>::max()) {
      put_tagged(tag16, static_cast<std::uint16_t>(length));
    } else {
      put_tagged(static_cast<char>(tag16 + 1), static_cast<std::uint32_t>(length));
    }
    return true;
  }

  std::string& out() { return out_; }

 private:
  void pack_int(std::int64_t value) {
    if (value >= 0) {
      pack_uint(static_cast<std::uint64_t>(value));
    } else if (value >= -32) {
      put(static_cast<std::uint8_t>(value));
    } else if (value >= std::numeric_limits<std::int8_t>::min()) {
      put_tagged('\xd0', static_cast<std::int8_t>(value));
    } else if (value >= std::numeric_limits<std::int16_t>::min()) {
      put_tagged('\xd1', static_cast<std::int16_t>(value));
    } else if (value >= std::numeric_limits<std::int32_t>::min()) {
      put_tagged('\xd2', static_cast<std::int32_t>(value));
    } else {
      put_tagged('\xd3', value);
    }
  }

  void put(std::uint8_t byte) { out_.push_back(static_cast<char>(byte)); }

  template <typename T>
  void put_tagged(char tag, T value) {
    out_.push_back(tag);
    char bytes[sizeof(T)];
    store_be(bytes, value);
    out_.append(bytes, sizeof(T));
  }

  const std::size_t limit_;
  std::string out_;
};

}  // namespace

std::string encode_event(const EventFields& fields, bool* body_replaced) {
  // Every value takes a byte at least, so the limit bounds the work as well.
  Packer packer(kMaxEventBytes);
  packer.out().reserve(256);
  packer.pack_length(7, 0x80, '\xde');
  packer.pack_text("id");
  packer.pack_or_nil(fields.id, kMaxEventDepth - 1);
  packer.pack_text("type");
  packer.pack_text(fields.type);
  packer.pack_text("host");
  packer.pack_text(fields.host);
  packer.pack_text("pid");
  packer.pack_uint(fields.pid);
  packer.pack_text("start");
  packer.pack_double(fields.start);
  packer.pack_text("end");
  packer.pack_double(fields.end);
  packer.pack_text("body");
  bool fits = packer.pack_or_nil(fields.body, kMaxEventDepth - 1);
  if (body_replaced != nullptr) *body_replaced = !fits;
  return std::move(packer.out());
}

}  // namespace ox
