#pragma once
// The first frame of a BlueOx v3 event: 137 bytes, big-endian (proto/README.md, "Meta frame").
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ox {

inline constexpr std::size_t kMetaSize = 137;
inline constexpr std::uint8_t kMetaVersion = 3;
inline constexpr std::size_t kMetaNameSize = 63;  // longest host or type a meta frame can hold

// What routes an event, so that its body need not be decoded.
struct Meta {
  double end = 0;         // Unix seconds, by the sender's clock
  std::string_view host;  // borrowed
  std::string_view type;  // borrowed
};

enum class MetaError { kNone, kLength, kVersion };

// `out` borrows from `frame`. A length byte above 63 reads as 63, as Python's struct does.
[[nodiscard]] MetaError decode_meta(std::string_view frame, Meta& out);

// Names longer than 63 bytes are cut, as BlueOx clients cut them.
std::string encode_meta(const Meta& meta);

}  // namespace ox
