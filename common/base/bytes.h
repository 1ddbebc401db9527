#pragma once
// Fixed-width integers and floats in byte buffers. A view of bytes is a std::string_view throughout
// oxd.
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace ox {

namespace bytes_internal {
template <std::size_t N>
using UintOf = std::conditional_t<
    N == 1, std::uint8_t,
    std::conditional_t<N == 2, std::uint16_t,
                       std::conditional_t<N == 4, std::uint32_t, std::uint64_t>>>;

template <typename U>
constexpr U swap(U v) {
  if constexpr (sizeof(U) == 1) return v;
  if constexpr (sizeof(U) == 2) return static_cast<U>(__builtin_bswap16(v));
  if constexpr (sizeof(U) == 4) return __builtin_bswap32(v);
  if constexpr (sizeof(U) == 8) return __builtin_bswap64(v);
}
}  // namespace bytes_internal

// Reads a T stored little-endian at `p`; the caller has checked that sizeof(T) bytes are there.
template <typename T>
requires std::is_arithmetic_v<T> T load_le(const char* p) {
  bytes_internal::UintOf<sizeof(T)> u;
  std::memcpy(&u, p, sizeof(u));
  if constexpr (std::endian::native == std::endian::big) u = bytes_internal::swap(u);
  return std::bit_cast<T>(u);
}

// The same, big-endian.
template <typename T>
requires std::is_arithmetic_v<T> T load_be(const char* p) {
  bytes_internal::UintOf<sizeof(T)> u;
  std::memcpy(&u, p, sizeof(u));
  if constexpr (std::endian::native == std::endian::little) u = bytes_internal::swap(u);
  return std::bit_cast<T>(u);
}

template <typename T>
requires std::is_arithmetic_v<T>
void store_le(char* p, T value) {
  auto u = std::bit_cast<bytes_internal::UintOf<sizeof(T)>>(value);
  if constexpr (std::endian::native == std::endian::big) u = bytes_internal::swap(u);
  std::memcpy(p, &u, sizeof(u));
}

template <typename T>
requires std::is_arithmetic_v<T>
void store_be(char* p, T value) {
  auto u = std::bit_cast<bytes_internal::UintOf<sizeof(T)>>(value);
  if constexpr (std::endian::native == std::endian::little) u = bytes_internal::swap(u);
  std::memcpy(p, &u, sizeof(u));
}

template <typename T>
requires std::is_arithmetic_v<T>
void append_le(std::string& out, T value) {
  char buffer[sizeof(T)];
  store_le(buffer, value);
  out.append(buffer, sizeof(T));
}

// Takes values off the front of a byte view; once something was missing, ok() stays false and every
// later value is zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T le() {
    if (rest_.size() < sizeof(T)) {
      fail();
      return T{};
    }
    T value = load_le<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return value;
  }

  std::string_view take(std::size_t n) {
    if (rest_.size() < n) {
      fail();
      return {};
    }
    std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  // A string preceded by its length in one or two bytes.
  std::string_view short_string() { return take(le<std::uint8_t>()); }
  std::string_view string16() { return take(le<std::uint16_t>()); }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

// "0a ff" as lower-case hex without blanks, and back (empty when `hex` is not hex).
std::string to_hex(std::string_view bytes);
std::string from_hex(std::string_view hex);

}  // namespace ox
