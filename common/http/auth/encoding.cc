#include "common/http/auth/encoding.h"

#include <array>
#include <cstdint>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr std::array<std::int8_t, 256> kValues = make_values();

}  // namespace

std::optional<std::string> decode_hex(std::string_view text) {
  std::string bytes = from_hex(text);
  if (bytes.empty() && !text.empty()) return std::nullopt;
  return bytes;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int pending = 0;  // bits that have no byte yet
  for (char c : text) {
    int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      out.push_back(static_cast<char>(bits >> pending & 0xff));
    }
  }
  // One '=' leaves 2 bits over, two leave 4; anything else was padded wrongly.
  if (pending != static_cast<int>(padding) * 2) return std::nullopt;
  if ((bits & ((1U << pending) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace ox
