#include "common/store/follow_cursor.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::uint8_t kCursorVersion = 1;
constexpr std::uint32_t kLastHour = 70'389'527;  // of the year 9999
constexpr std::string_view kCursorLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_letters(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (have += 8; have >= 6; have -= 6) out += kCursorLetters[bits >> (have - 6) & 63];
  }
  if (have > 0) out += kCursorLetters[bits << (6 - have) & 63];
  return out;
}

// "" for what is none.
std::string from_letters(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char letter : text) {
    const std::size_t value = kCursorLetters.find(letter);
    if (value == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xff);
  }
  return out;
}

}  // namespace

std::uint32_t FollowCursor::key_of(std::string_view place, bool compressed) {
  return crc32c(place, compressed ? 1 : 0);
}

std::string FollowCursor::encode() const {
  std::string out;
  append_le(out, kCursorVersion);
  append_le(out,
            static_cast<std::uint32_t>(std::max<std::int64_t>(0, from / std::chrono::hours(1))));
  for (const auto& [key, mark] : marks) {
    append_le(out, key);
    std::uint64_t rest = mark;
    for (; rest >= 0x80; rest >>= 7) out += static_cast<char>(rest | 0x80);
    out += static_cast<char>(rest);
  }
  append_le(out, crc32c(out));
  return to_letters(out);
}

Result<FollowCursor> FollowCursor::decode(std::string_view text) {
  const Status wrong(Code::kInvalid, "this is no position that was given out");
  const std::string bytes = from_letters(text);
  constexpr std::size_t kHead = 5;
  constexpr std::size_t kCrc = 4;
  if (bytes.size() < kHead + kCrc || static_cast<std::uint8_t>(bytes[0]) != kCursorVersion)
    return wrong;
  std::string_view rest(bytes);
  const auto crc = load_le<std::uint32_t>(bytes.data() + bytes.size() - kCrc);
  rest.remove_suffix(kCrc);
  if (crc32c(rest) != crc) return wrong;
  FollowCursor out;
  const auto hours = load_le<std::uint32_t>(rest.data() + 1);
  if (hours > kLastHour) return wrong;
  out.from = std::chrono::hours(1) * std::int64_t{hours};
  rest.remove_prefix(kHead);
  while (!rest.empty()) {
    if (rest.size() < 5) return wrong;
    const auto key = load_le<std::uint32_t>(rest.data());
    rest.remove_prefix(4);
    std::uint64_t mark = 0;
    int shift = 0;
    bool more = true;
    for (; more && !rest.empty() && shift < 63; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest[0]);
      mark |= std::uint64_t{byte & 0x7fU} << shift;
      more = (byte & 0x80) != 0;
      rest.remove_prefix(1);
    }
    if (more) return wrong;
    out.marks[key] = mark;
  }
  return out;
}

}  // namespace ox
