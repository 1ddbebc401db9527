#pragma once
// Takes record ids out of a lease, always upwards, and knows when it should be renewed. The time is
// the authority's, carried on by this machine's monotonic clock: the wall clock here is not looked
// at. What is handed out lies in the lease whatever the time is: that is what makes it unique.
// Threading: one thread at a time.
#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "proto/record_id.h"

namespace ox {

class RecordIdCursor {
 public:
  // `lanes` is what it asks for at least: a power of two up to kMaxLeaseLanes.
  explicit RecordIdCursor(std::uint32_t lanes) : least_lanes_(lanes) {}

  // The first of `n` consecutive ids, 1 <= n <= kRecordBlock, larger than any before. Nothing
  // without a lease, or when it is used up. Ids follow the time, but run ahead of it when more are
  // taken than the lanes have; and when the lease is not renewed in time, its last quarter is kept
  // back for being used up as slowly as ids are taken.
  std::optional<std::uint64_t> take(std::uint32_t n, MonoTime now);

  // There is no lease, the half of it is over, or the ids run ahead of the time.
  bool wants_renewal(MonoTime now) const;
  // The request to send then. More lanes when ids run ahead, fewer when hardly any were taken.
  RecordIdRequest request(MonoTime now);
  // The answer to it, and whether that is of use: not when it has nothing that is not used up.
  bool granted(const RecordIdReply& reply, MonoTime now);
  // Requests that release leases which others took the place of; each once.
  std::vector<RecordIdRequest> take_releases();
  // Gives the lease up as well, if there is one.
  void end();

  const std::optional<RecordLease>& lease() const { return lease_; }
  // A new lease began before ids that were handed out: the authority's clock was put back by more
  // than an hour.
  std::uint64_t went_back() const { return went_back_; }

 private:
  std::uint64_t time(MonoTime now) const;  // the authority's, in ticks
  bool ahead(MonoTime now) const;
  std::uint32_t lanes_needed(MonoTime now) const;
  void give_up_lease();
  std::uint64_t first_unused() const { return offset_ > 0 ? row_ + 1 : row_; }

  const std::uint32_t least_lanes_;
  std::optional<RecordLease> lease_;
  std::uint64_t row_ = 0;      // the tick that ids are taken from
  std::uint32_t offset_ = 0;   // ids used of its row
  std::uint64_t reserve_ = 0;  // from this tick on, the time does not move row_
  std::uint64_t renew_at_ = 0;

  // Since the last answer:
  std::uint64_t authority_now_ = 0;
  MonoTime answered_at_{};
  std::uint64_t row_then_ = 0;
  std::uint64_t taken_ = 0;
  std::uint32_t asked_lanes_ = 0;
  MonoTime widen_not_before_{};

  std::vector<RecordIdRequest> releases_;
  std::uint64_t went_back_ = 0;
};

}  // namespace ox
