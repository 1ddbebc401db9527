#include "common/base/crc32c.h"

#include <array>
#include <cstddef>

#include "common/base/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ox {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reversed 0x1edc6f41

constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t c = n;
    for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? kPolynomial ^ (c >> 1) : c >> 1;
    tables[0][n] = c;
  }
  for (std::uint32_t n = 0; n < 256; ++n) {
    for (std::size_t k = 1; k < 8; ++k) {
      std::uint32_t previous = tables[k - 1][n];
      tables[k][n] = tables[0][previous & 0xff] ^ (previous >> 8);
    }
  }
  return tables;
}

constexpr auto kTables = make_tables();

#if defined(__x86_64__)
// Three interleaved streams hide the 3-cycle latency of the crc32 instruction; they are joined by
// shifting a CRC over kStride zero bytes with a table (zlib's crc32_combine idea, for one length).
// What comes next is fetched early: three streams in one page are more than the CPU foresees, and a batch that was just
// received is in no cache of this core (tests/bench/core.py, "link -> agent -> collector": 3 to 5 % of its CPU).
constexpr std::size_t kStride = 1024;
constexpr std::size_t kCacheLine = 64;

std::uint32_t shift_slow(std::uint32_t crc) {
  for (std::size_t i = 0; i < kStride; ++i) crc = kTables[0][crc & 0xff] ^ (crc >> 8);
  return crc;
}

struct ShiftTable {
  std::uint32_t of[4][256];
  ShiftTable() {
    for (std::uint32_t k = 0; k < 4; ++k)
      for (std::uint32_t n = 0; n < 256; ++n) of[k][n] = shift_slow(n << (8 * k));
  }
  std::uint32_t operator()(std::uint32_t crc) const {
    return of[0][crc & 0xff] ^ of[1][(crc >> 8) & 0xff] ^ of[2][(crc >> 16) & 0xff] ^
           of[3][crc >> 24];
  }
};

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view data,
                                                             std::uint32_t seed) {
  static const ShiftTable shift;
  std::uint64_t crc = ~seed;
  const char* p = data.data();
  std::size_t left = data.size();
  while (left >= 3 * kStride) {
    std::uint64_t a = crc;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    for (std::size_t line = 0; line < kStride; line += kCacheLine) {
      for (std::size_t ahead = 3; ahead < 6; ++ahead)
        __builtin_prefetch(p + ahead * kStride + line);
      for (std::size_t i = line; i < line + kCacheLine; i += 8) {
        a = _mm_crc32_u64(a, load_le<std::uint64_t>(p + i));
        b = _mm_crc32_u64(b, load_le<std::uint64_t>(p + kStride + i));
        c = _mm_crc32_u64(c, load_le<std::uint64_t>(p + 2 * kStride + i));
      }
    }
    crc = shift(static_cast<std::uint32_t>(a)) ^ b;
    crc = shift(static_cast<std::uint32_t>(crc)) ^ c;
    p += 3 * kStride;
    left -= 3 * kStride;
  }
  for (; left >= 8; p += 8, left -= 8) crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(p));
  auto crc32 = static_cast<std::uint32_t>(crc);
  for (; left > 0; ++p, --left) crc32 = _mm_crc32_u8(crc32, static_cast<std::uint8_t>(*p));
  return ~crc32;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::string_view data, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  const char* p = data.data();
  std::size_t left = data.size();
  for (; left >= 8; p += 8, left -= 8) {
    std::uint64_t word = load_le<std::uint64_t>(p) ^ crc;
    std::uint32_t next = 0;
    for (std::size_t k = 0; k < 8; ++k) next ^= kTables[7 - k][(word >> (8 * k)) & 0xff];
    crc = next;
  }
  for (; left > 0; ++p, --left)
    crc = kTables[0][(crc ^ static_cast<std::uint8_t>(*p)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t crc32c(std::string_view data, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  if (has_sse42) return crc32c_sse42(data, seed);
#endif
  return crc32c_portable(data, seed);
}

}  // namespace ox
