#pragma once
#include <cstddef>
#include <string_view>

namespace ox {

// Where `needle` first stands in `bytes`; npos when it does not. Some times as fast as memmem() for
// short needles: it looks for the first and the last byte of it, 16 places at a time (W. Mula,
// "SIMD-friendly algorithms for substring searching"). bench_query tells ("body->>'user' = 'bob'").
std::size_t find_bytes(std::string_view bytes, std::string_view needle);

inline bool contains_bytes(std::string_view bytes, std::string_view needle) {
  return find_bytes(bytes, needle) != std::string_view::npos;
}

}  // namespace ox
