#include "common/store/token_filter.h"

#include <algorithm>
#include <array>

#include "common/base/bytes.h"
#include "common/base/status.h"

namespace ox {
namespace {

constexpr std::size_t kCellWords = 8;
constexpr std::size_t kCellBytes = 32;
constexpr std::size_t kCellsOfPage = kFilterPageBytes / kCellBytes;
constexpr std::size_t kBitsPerToken = 11;
constexpr std::array<std::uint32_t, kCellWords> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                          0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                          0x9efc4947U, 0x5c6bfb31U};

// The bit in each word of a cell.
std::uint32_t bit_of(std::uint64_t hash, std::size_t word) {
  return 1U << ((static_cast<std::uint32_t>(hash) * kSalts[word]) >> 27);
}

// The upper half of the hash chooses page and cell: its product with the count, of which the part
// above 32 bits is the page, and what remains the place in it.
struct CellPlace {
  std::uint32_t page;
  std::size_t cell;
};
CellPlace place_of(std::uint64_t hash, std::uint32_t pages) {
  const std::uint64_t product = (hash >> 32) * pages;
  return {static_cast<std::uint32_t>(product >> 32),
          static_cast<std::size_t>(hash >> 32) % kCellsOfPage};
}

}  // namespace

std::string make_token_filter(const TokenSet& tokens, std::size_t max_bytes) {
  const std::size_t wanted = tokens.size() * kBitsPerToken / 8 / kFilterPageBytes + 1;
  const std::size_t most = std::clamp<std::size_t>(max_bytes / kFilterPageBytes, 1, UINT16_MAX);
  const auto pages = static_cast<std::uint32_t>(std::min(wanted, most));
  std::string filter(pages * kFilterPageBytes, '\0');
  tokens.for_each([&](std::uint64_t hash) {
    const CellPlace place = place_of(hash, pages);
    char* cell = filter.data() + place.page * kFilterPageBytes + place.cell * kCellBytes;
    for (std::size_t word = 0; word < kCellWords; ++word) {
      char* p = cell + word * sizeof(std::uint32_t);
      store_le(p, load_le<std::uint32_t>(p) | bit_of(hash, word));
    }
  });
  return filter;
}

std::uint32_t filter_page_of(std::uint64_t hash, std::uint32_t pages) {
  return place_of(hash, pages).page;
}

bool filter_page_may_hold(std::string_view page, std::uint64_t hash) {
  OX_CHECK(page.size() == kFilterPageBytes);
  const char* cell = page.data() + place_of(hash, 1).cell * kCellBytes;
  for (std::size_t word = 0; word < kCellWords; ++word) {
    const std::uint32_t bit = bit_of(hash, word);
    if ((load_le<std::uint32_t>(cell + word * sizeof(std::uint32_t)) & bit) == 0) return false;
  }
  return true;
}

}  // namespace ox
