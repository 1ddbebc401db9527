#include "common/read/newest_events.h"

#include <fmt/format.h>

#include "common/base/quantity.h"

namespace ox {
namespace {

// Where fewer than this lie in front of a page, they are not worth being counted.
constexpr std::uint64_t kPassedOver = 256;

// Leaves out what is newer than the slot of time that event number `left` lies in. Returns how many
// events that is.
Result<std::uint64_t> leave_out(StoreReader& reader, EventSelection& selection,
                                std::uint64_t left) {
  if (selection.test || !selection.conditions.words.empty() || left < kPassedOver) return 0;
  OX_ASSIGN_OR_RETURN(const SlotCounts counts, reader.count(selection));
  std::uint64_t newer = 0;
  for (auto slot = counts.rbegin(); slot != counts.rend(); ++slot) {
    const double begins = static_cast<double>(slot->first) * kCountSlotSeconds;
    if (!time_of_end(begins)) continue;  // no calendar has these events
    if (newer + slot->second > left) break;
    newer += slot->second;
    EventConditions older;
    older.until = begins;
    older.until_exclusive = true;
    narrow(selection.conditions, older);
  }
  return newer;
}

}  // namespace

Result<std::vector<PlacedEvent>> newest_events(StoreReader& reader, const EventSelection& selection,
                                               PageRange page, std::size_t max_bytes) {
  std::vector<PlacedEvent> out;
  if (page.right < page.left) return out;
  EventSelection older = selection;
  OX_ASSIGN_OR_RETURN(std::uint64_t number, leave_out(reader, older, page.left));
  ScanOptions options;
  options.order = ScanOptions::Order::kNewestFirst;
  std::size_t bytes = 0;
  OX_RETURN_IF_ERROR(reader.for_each(
      older,
      [&](std::string_view event, const EventSlices& slices,
          const LogPlace& place) -> Result<bool> {
        if (!event_time(slices)) return false;  // nor do those that follow have one
        if (number++ < page.left) return true;
        bytes += event.size();
        if (bytes > max_bytes)
          return Status(Code::kTooLarge,
                        fmt::format("These records take more than {}: ask for fewer at a time",
                                    format_size(max_bytes)));
        out.push_back({std::string(event), place});
        return number <= page.right;
      },
      options));
  return out;
}

}  // namespace ox
