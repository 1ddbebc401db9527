#pragma once
// Writes MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), every value in its shortest
// form, text without str8: that one form the readers of BlueOx's time do not know, and its event
// files are to stay readable for them (proto/README.md, "Event").
// put_*() write behind `p`, where there must be room, and return the end of what they wrote;
// pack_*() append to a string.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace ox {

inline constexpr std::size_t kMaxPackedScalar = 9;  // of a number
inline constexpr std::size_t kMaxPackedHeader = 5;  // of text, an array or a map

namespace pack_internal {
template <typename T>
char* put(char* p, unsigned char tag, T value) {
  *p = static_cast<char>(tag);
  store_be(p + 1, value);
  return p + 1 + sizeof(T);
}

// The header of what has a length: fix form, 16 bits, 32 bits.
inline char* put_header(char* p, std::size_t size, unsigned char fix, std::size_t fix_limit,
                        unsigned char tag16, unsigned char tag32) {
  if (size < fix_limit) {
    *p = static_cast<char>(fix | size);
    return p + 1;
  }
  if (size < 0x10000) return put(p, tag16, static_cast<std::uint16_t>(size));
  return put(p, tag32, static_cast<std::uint32_t>(size));
}
}  // namespace pack_internal

inline char* put_nil(char* p) {
  *p = '\xc0';
  return p + 1;
}
inline char* put_bool(char* p, bool value) {
  *p = value ? '\xc3' : '\xc2';
  return p + 1;
}
inline char* put_uint(char* p, std::uint64_t value) {
  using pack_internal::put;
  if (value < 0x80) {
    *p = static_cast<char>(value);
    return p + 1;
  }
  if (value <= 0xff) return put(p, 0xcc, static_cast<std::uint8_t>(value));
  if (value <= 0xffff) return put(p, 0xcd, static_cast<std::uint16_t>(value));
  if (value <= 0xffff'ffff) return put(p, 0xce, static_cast<std::uint32_t>(value));
  return put(p, 0xcf, value);
}
inline char* put_int(char* p, std::int64_t value) {
  using pack_internal::put;
  if (value >= 0) return put_uint(p, static_cast<std::uint64_t>(value));
  if (value >= -32) {
    *p = static_cast<char>(value);
    return p + 1;
  }
  if (value >= INT8_MIN) return put(p, 0xd0, static_cast<std::int8_t>(value));
  if (value >= INT16_MIN) return put(p, 0xd1, static_cast<std::int16_t>(value));
  if (value >= INT32_MIN) return put(p, 0xd2, static_cast<std::int32_t>(value));
  return put(p, 0xd3, value);
}
inline char* put_double(char* p, double value) { return pack_internal::put(p, 0xcb, value); }
// What follows are `size` bytes, elements, or pairs.
inline char* put_text_header(char* p, std::size_t size) {
  return pack_internal::put_header(p, size, 0xa0, 32, 0xda, 0xdb);
}
inline char* put_array_header(char* p, std::size_t size) {
  return pack_internal::put_header(p, size, 0x90, 16, 0xdc, 0xdd);
}
inline char* put_map_header(char* p, std::size_t size) {
  return pack_internal::put_header(p, size, 0x80, 16, 0xde, 0xdf);
}
// As they are: a value that is packed already. Keys and most values are short, and a call to
// memcpy() for each costs a tenth of all that is done with a record: two overlapping halves do.
inline char* put_bytes(char* p, std::string_view bytes) {
  const char* from = bytes.data();
  const std::size_t size = bytes.size();
  if (size > 32) {
    std::memcpy(p, from, size);
  } else if (size >= 16) {
    std::memcpy(p, from, 16);
    std::memcpy(p + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(p, from, 8);
    std::memcpy(p + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(p, from, 4);
    std::memcpy(p + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) p[i] = from[i];
  }
  return p + size;
}
inline char* put_text(char* p, std::string_view text) {
  return put_bytes(put_text_header(p, text.size()), text);
}

inline void pack_nil(std::string& out) { out.push_back('\xc0'); }
inline void pack_bool(std::string& out, bool value) { out.push_back(value ? '\xc3' : '\xc2'); }
inline void pack_uint(std::string& out, std::uint64_t value) {
  char buffer[kMaxPackedScalar];
  out.append(buffer, put_uint(buffer, value));
}
inline void pack_int(std::string& out, std::int64_t value) {
  char buffer[kMaxPackedScalar];
  out.append(buffer, put_int(buffer, value));
}
inline void pack_double(std::string& out, double value) {
  char buffer[kMaxPackedScalar];
  out.append(buffer, put_double(buffer, value));
}
inline void pack_text_header(std::string& out, std::size_t size) {
  char buffer[kMaxPackedHeader];
  out.append(buffer, put_text_header(buffer, size));
}
// UTF-8 or any other bytes: MessagePack's raw.
inline void pack_text(std::string& out, std::string_view text) {
  pack_text_header(out, text.size());
  out.append(text);
}
inline void pack_array_header(std::string& out, std::size_t size) {
  char buffer[kMaxPackedHeader];
  out.append(buffer, put_array_header(buffer, size));
}
inline void pack_map_header(std::string& out, std::size_t size) {
  char buffer[kMaxPackedHeader];
  out.append(buffer, put_map_header(buffer, size));
}

}  // namespace ox
