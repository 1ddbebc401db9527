#pragma once
// Protocol Buffers written by hand, for tests: each returns the bytes of one field.
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace ox {

inline std::string pb_number(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
  return out;
}

inline std::string pb_varint(std::uint32_t field, std::uint64_t value) {
  return pb_number(std::uint64_t{field} << 3) + pb_number(value);
}

inline std::string pb_bytes(std::uint32_t field, std::string_view bytes) {
  return pb_number(std::uint64_t{field} << 3 | 2) + pb_number(bytes.size()) + std::string(bytes);
}

inline std::string pb_fixed64(std::uint32_t field, std::uint64_t value) {
  char bytes[sizeof(value)];
  store_le(bytes, value);
  return pb_number(std::uint64_t{field} << 3 | 1) + std::string(bytes, sizeof(bytes));
}

inline std::string pb_double(std::uint32_t field, double value) {
  return pb_fixed64(field, std::bit_cast<std::uint64_t>(value));
}

inline std::string pb_fixed32(std::uint32_t field, std::uint32_t value) {
  char bytes[sizeof(value)];
  store_le(bytes, value);
  return pb_number(std::uint64_t{field} << 3 | 5) + std::string(bytes, sizeof(bytes));
}

}  // namespace ox
