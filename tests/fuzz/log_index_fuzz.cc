// The description in the index of a log file.
#include "common/store/log_index.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_log_index {

OX_FUZZ_TARGET(log_index, std::string_view input) {
  constexpr std::uint64_t kFiltersEnd = 1 << 20;
  auto description = decode_index_description(input, kFiltersEnd);
  if (!description.ok()) return;
  std::uint64_t covered = 0;
  for (const IndexBlock& block : description->blocks) {
    OX_CHECK(block.offset == covered);
    covered += block.length;
    OX_CHECK(block.filter + block.pages * std::uint64_t{1024} <= kFiltersEnd);
    OX_CHECK(block.first_page + block.pages <= description->page_crcs.size());
    std::uint64_t events = 0;
    for (const SlotCount& count : description->counts_of(block)) events += count.events;
    OX_CHECK(!block.counted || events == block.events);
  }
  OX_CHECK(covered == description->covered);
  auto again = decode_index_description(encode_index_description(*description), kFiltersEnd);
  OX_CHECK(again.ok());
  OX_CHECK(encode_index_description(*again) == input);
}

}  // namespace ox::fuzz_log_index
