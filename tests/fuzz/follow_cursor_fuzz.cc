// What a client brings back as its position: any text, and any bytes under a right checksum.
#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/store/follow_cursor.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_follow_cursor {

namespace {

std::string base64url(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const unsigned byte = i / 8 < bytes.size() ? static_cast<unsigned char>(bytes[i / 8]) : 0;
      value = value << 1 | (byte >> (7 - i % 8) & 1);
    }
    out += kLetters[value];
  }
  return out;
}

}  // namespace

OX_FUZZ_TARGET(follow_cursor, std::string_view input) {
  (void)FollowCursor::decode(input);
  std::string bytes(input);
  append_le(bytes, crc32c(bytes));
  auto decoded = FollowCursor::decode(base64url(bytes));
  if (!decoded.ok()) return;
  auto again = FollowCursor::decode(decoded->encode());
  OX_CHECK(again.ok() && *again == *decoded);
}

}  // namespace ox::fuzz_follow_cursor
