#pragma once
// Which part of the space of record ids has been given out (proto/record_id.h): for each lane the
// tick up to which it was. Only that makes leases disjoint: a lane is given out from there on, never
// before. The clock, which may jump either way, only chooses among lanes and makes ids follow time.
// Threading: a value; none.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/record_id.h"

namespace ox {

// A lease lasts about ten minutes, so that its holder, who renews it halfway, needs nobody for five.
inline constexpr std::uint64_t kLeaseTicks = Seconds(600) / kRecordTick;
// No lease begins more than an hour ahead of the latest time that the clock ever showed: the limit of
// what may be out there when the file with the lanes is lost. And so far may a clock be put back
// before ids go back with it.
inline constexpr std::uint64_t kMostAheadTicks = Seconds(3600) / kRecordTick;

class RecordLanes {
 public:
  // Nothing is given out, and nothing will be before the tick `floor`.
  explicit RecordLanes(std::uint64_t floor = 0) : floor_(floor) {}

  // The form in which they are kept. Errors: kUnsupported (a newer form), kCorrupt.
  static Result<RecordLanes> parse(std::string_view text);
  std::string to_text() const;

  // Nothing was ever given out, and that is certain.
  bool untouched() const;

  // A new lease called `number`, of `lanes` (a power of two) or fewer when others have them, for
  // ids from the tick `after` on as long as that is at most kMostAheadTicks ahead of `now`. While
  // no lane is free, the one that is soonest: its ids are ahead of the time, and as unique.
  // Errors: kUnavailable when that is too far ahead, or the ids are used up.
  Result<RecordLease> grant(std::uint64_t number, std::uint32_t lanes, std::uint64_t after,
                            std::uint64_t now);
  // The same lease, lasting longer; for the holder only, who has come to the tick `after`. May be
  // repeated. Nothing when there is no such lease, or it cannot go on.
  std::optional<RecordLease> extend(std::uint64_t number, std::uint64_t after, std::uint64_t now);
  // The holder uses nothing of the lease from the tick `used` on. False when there is no such
  // lease, as when it was released before. Error: kInvalid for a tick outside of the lease.
  Result<bool> release(std::uint64_t number, std::uint64_t used);

 private:
  struct Lane {
    std::uint64_t lease = 0;  // the last one that it was given out for; 0 when released
    std::uint64_t from = 0;   // of that lease
    std::uint64_t until = 0;  // the lane is given out up to here
    bool operator==(const Lane&) const = default;
  };

  std::optional<RecordLease> find(std::uint64_t number) const;
  void set(const RecordLease& lease);
  void forget(std::uint64_t number);
  std::optional<std::uint32_t> free_window(std::uint32_t lanes, std::uint64_t start) const;
  std::uint64_t latest_begin(std::uint64_t time) const;
  Status read_run(std::string_view line, std::uint32_t& next);

  std::uint64_t floor_;
  std::uint64_t seen_ = 0;  // the latest `now` so far
  std::array<Lane, kRecordLanes> lanes_{};
};

}  // namespace ox
