#pragma once
// The pairs of a MessagePack map, walked in place: what is done for every key of every event. Inlined
// wherever it is used; bench_query tells ("walk over the keys").
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/bytes.h"
#include "proto/raw_value.h"

namespace ox {

// Whether `name`, which has N - 1 bytes, is this.
template <std::size_t N>
[[gnu::always_inline]] inline bool is_key(std::string_view name, const char (&key)[N]) {
  return __builtin_memcmp(name.data(), key, N - 1) == 0;
}

// Calls found(name, value) for the pairs of the map at the front of `bytes` whose key is text, until
// that returns false. Returns the length of the map, or of what stands there instead; 0 when it is
// not whole, or was not walked to its end.
template <typename Found>
[[gnu::always_inline]] inline std::size_t walk_pairs(std::string_view bytes, const Found& found) {
  if (bytes.empty()) return 0;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const auto tag = static_cast<unsigned char>(*at++);
  std::uint64_t pairs = 0;
  if (tag >= 0x80 && tag < 0x90) {
    pairs = tag & 0xfU;
  } else if (tag == 0xde && bytes.size() >= 3) {
    pairs = load_be<std::uint16_t>(at);
    at += 2;
  } else if (tag == 0xdf && bytes.size() >= 5) {
    pairs = load_be<std::uint32_t>(at);
    at += 4;
  } else {
    return skip_value(bytes);
  }
  for (; pairs > 0; --pairs) {
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    const std::size_t key = skip_value(rest);
    if (key == 0) return 0;
    const std::size_t value = skip_value({at + key, rest.size() - key});
    if (value == 0) return 0;
    std::string_view name(at + 1, key - 1);
    bool is_text = (*at & '\xe0') == '\xa0';
    if (!is_text) {
      auto text = RawValue({at, key}).as_text();
      is_text = text.has_value();
      if (is_text) name = *text;
    }
    if (is_text && !found(name, std::string_view(at + key, value))) return 0;
    at += key + value;
  }
  return static_cast<std::size_t>(at - bytes.data());
}

}  // namespace ox
