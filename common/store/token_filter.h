#pragma once
// A set of tokens that may be asked whether it has one: "no" is certain, "yes" is wrong about once
// in a hundred times.
//
// A split block Bloom filter: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom
// Filters" (2007), in the form and with the constants of Parquet's BloomFilter.md. A token sets, or
// finds, 8 bits of one cell of 32 bytes. 32 cells are a page, so that whoever asks reads and checks
// 1 KiB and not all of it.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/store/event_tokens.h"

namespace ox {

inline constexpr std::size_t kFilterPageBytes = 1024;

// The pages for these tokens, one behind the other: 11 bits for each of them, but not more than
// `max_bytes` (beyond the first page): then the wrong answers get more.
std::string make_token_filter(const TokenSet& tokens, std::size_t max_bytes);

// Which of the pages has the answer.
std::uint32_t filter_page_of(std::uint64_t hash, std::uint32_t pages);
// `page` has kFilterPageBytes.
bool filter_page_may_hold(std::string_view page, std::uint64_t hash);

}  // namespace ox
