#include "common/store/byte_search.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace ox {

std::size_t find_bytes(std::string_view bytes, std::string_view needle) {
  if (needle.empty()) return 0;
  if (needle.size() > bytes.size()) return std::string_view::npos;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
#ifdef __SSE2__
  const __m128i first = _mm_set1_epi8(needle.front());
  const __m128i last = _mm_set1_epi8(needle.back());
  const std::size_t reach = needle.size() - 1;
  for (; static_cast<std::size_t>(end - at) >= reach + 16; at += 16) {
    const __m128i heads = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i tails = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + reach));
    const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(heads, first), _mm_cmpeq_epi8(tails, last));
    auto places = static_cast<unsigned>(_mm_movemask_epi8(both));
    for (; places != 0; places &= places - 1) {
      const char* place = at + __builtin_ctz(places);
      if (std::memcmp(place, needle.data(), needle.size()) == 0)
        return static_cast<std::size_t>(place - bytes.data());
    }
  }
#endif
  const void* found =
      ::memmem(at, static_cast<std::size_t>(end - at), needle.data(), needle.size());
  return found == nullptr
             ? std::string_view::npos
             : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

}  // namespace ox
