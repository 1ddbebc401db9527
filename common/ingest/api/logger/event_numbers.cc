#include "common/ingest/api/logger/event_numbers.h"

#include <utility>

#include "proto/record_id.h"

namespace ox {

// Below every record id.
static constexpr std::uint64_t kCountEnd = record_id(1, 0);

EventNumbers::EventNumbers(std::function<bool()> first_of_all,
                           std::function<Result<std::uint64_t>()> record_id, std::size_t remembered)
    : first_of_all_(std::move(first_of_all)),
      record_id_(std::move(record_id)),
      remembered_(remembered) {}

Result<std::uint64_t> EventNumbers::take(std::string_view facility, WallTime time) {
  if (!first_of_all_()) return record_id_();
  {
    std::lock_guard lock(mu_);
    const Key key(time, std::hash<std::string_view>()(facility));
    auto found = counts_.find(key);
    if (found != counts_.end() && found->second + 1 < kCountEnd) return ++found->second;
    if (found == counts_.end() && time > forgotten_) {
      counts_.emplace(key, 0);
      if (counts_.size() > remembered_) {
        forgotten_ = counts_.begin()->first.first;
        counts_.erase(counts_.begin());
      }
      return std::uint64_t{0};
    }
  }
  return record_id_();
}

}  // namespace ox
