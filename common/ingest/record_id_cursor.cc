#include "common/ingest/record_id_cursor.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ox {

// Ids that run further ahead of the time than this want more lanes: about two seconds.
static constexpr std::uint64_t kFarAheadTicks = 8;
static constexpr std::uint32_t kWiden = 8;
// When there are no more lanes to be had, asking again at once does not help.
static constexpr Micros kWidenAgain = Seconds(30);

std::uint64_t RecordIdCursor::time(MonoTime now) const {
  Micros passed = std::max(now - answered_at_, Micros(0));
  return authority_now_ + static_cast<std::uint64_t>(passed / kRecordTick);
}

std::optional<std::uint64_t> RecordIdCursor::take(std::uint32_t n, MonoTime now) {
  if (!lease_) return std::nullopt;
  if (std::uint64_t tick = std::min(time(now), reserve_); tick > row_) {
    row_ = tick;
    offset_ = 0;
  }
  // Consecutive numbers are those of one row: the lanes of a lease lie side by side.
  if (lease_->lanes * kRecordBlock - offset_ < n) {
    taken_ += lease_->lanes * kRecordBlock - offset_;
    ++row_;
    offset_ = 0;
  }
  if (row_ >= lease_->until) return std::nullopt;
  std::uint64_t first = record_id(row_, lease_->lane) + offset_;
  offset_ += n;
  taken_ += n;
  return first;
}

// What a lease begins ahead of the time with, as when others have all lanes, is not our doing.
bool RecordIdCursor::ahead(MonoTime now) const {
  return row_ > std::max(row_then_, time(now)) + kFarAheadTicks;
}

bool RecordIdCursor::wants_renewal(MonoTime now) const {
  if (!lease_ || std::max(row_, time(now)) >= renew_at_) return true;
  return ahead(now) && lease_->lanes < kMaxLeaseLanes && now >= widen_not_before_;
}

// Twice what was taken since the last answer, or much more when that was too little.
std::uint32_t RecordIdCursor::lanes_needed(MonoTime now) const {
  if (ahead(now)) return std::min(lease_->lanes * kWiden, kMaxLeaseLanes);
  std::uint64_t ticks = time(now) - authority_now_ + 1;
  std::uint64_t lanes = std::bit_ceil(2 * taken_ / ticks / kRecordBlock + 1);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(lanes, least_lanes_, kMaxLeaseLanes));
}

RecordIdRequest RecordIdCursor::request(MonoTime now) {
  RecordIdRequest request;
  request.after = first_unused();
  request.lanes = least_lanes_;
  if (lease_) {
    // Another lease only where it is worth it.
    std::uint32_t needed = lanes_needed(now);
    bool more = needed > lease_->lanes && now >= widen_not_before_;
    bool other = more || needed * 4 <= lease_->lanes;
    request.lanes = other ? needed : std::min(std::bit_floor(lease_->lanes), kMaxLeaseLanes);
    if (!other) request.extend = lease_->number;
  }
  asked_lanes_ = request.lanes;
  return request;
}

bool RecordIdCursor::granted(const RecordIdReply& reply, MonoTime now) {
  if (!reply.lease) return false;
  const RecordLease& lease = *reply.lease;
  if (lease_ && lease_->number == lease.number) {
    // The same lease has the same ids, and perhaps more; anything else is no answer.
    if (lease.lane != lease_->lane || lease.lanes != lease_->lanes || lease.from != lease_->from)
      return false;
  } else {
    const std::uint64_t unused = first_unused();
    give_up_lease();
    if (unused >= lease.until) ++went_back_;
    row_ = unused < lease.until ? std::max(unused, lease.from) : lease.from;
    offset_ = 0;
  }
  lease_ = lease;
  authority_now_ = reply.now;
  answered_at_ = now;
  row_then_ = row_;
  taken_ = 0;
  widen_not_before_ = lease.lanes < asked_lanes_ ? now + kWidenAgain : now;
  const std::uint64_t begin = std::min(std::max(row_, reply.now), lease.until);
  renew_at_ = begin + (lease.until - begin) / 2;
  reserve_ = begin + (lease.until - begin) / 4 * 3;
  return begin < lease.until;
}

void RecordIdCursor::give_up_lease() {
  if (!lease_) return;
  RecordIdRequest release;
  release.release = lease_->number;
  release.used = std::clamp(first_unused(), lease_->from, lease_->until);
  releases_.push_back(release);
  lease_.reset();
}

std::vector<RecordIdRequest> RecordIdCursor::take_releases() {
  return std::exchange(releases_, {});
}

void RecordIdCursor::end() { give_up_lease(); }

}  // namespace ox
