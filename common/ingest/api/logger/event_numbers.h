#pragma once
// The last part of an event's id, which tells events of one facility and time apart: unique among
// all processes that have their record ids from one collector, and all their restarts.
//
// The first process that a collector ever leased record ids to (RecordIds::first_of_all()) knows that
// nobody has numbers but itself, and counts: 0, 1, ... for each facility and time. Every other one
// takes a record id, which nobody else has or ever will have (docs/record-ids.md); the two do not meet,
// as record ids begin at kRecordBlock << kRecordLaneBits. The one that counts remembers the latest
// facilities and times; for what lies before those it takes record ids as well.
// Threading: any thread, as long as the two functions may be called on any.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

class EventNumbers {
 public:
  static constexpr std::size_t kRemembered = 65'536;

  // first_of_all and record_id: RecordIds' first_of_all() and take().
  EventNumbers(std::function<bool()> first_of_all, std::function<Result<std::uint64_t>()> record_id,
               std::size_t remembered = kRemembered);

  // Error: kUnavailable, when there are no record ids.
  Result<std::uint64_t> take(std::string_view facility, WallTime time);

 private:
  // Facilities with the same hash count together: that leaves gaps, and no doubles.
  using Key = std::pair<WallTime, std::size_t>;

  const std::function<bool()> first_of_all_;
  const std::function<Result<std::uint64_t>()> record_id_;
  const std::size_t remembered_;
  std::mutex mu_;
  std::map<Key, std::uint64_t> counts_;   // guarded by mu_
  WallTime forgotten_ = WallTime::min();  // guarded by mu_: no key up to here is new for sure
};

}  // namespace ox
