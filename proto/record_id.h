#pragma once
// Record ids: the numbers that HTTP APIs return for an event (proto/README.md, "Record ids").
//
//   id = tick (33 bits) | lane (10 bits) | sequence (10 bits)        < 2^53, exact in a double
//
// A tick is 256 ms since 2020, which lasts until 2089. A lease is a rectangle of ids, [from, until)
// ticks by [lane, lane + lanes) lanes, that belongs to one process for ever: two leases of one
// authority never overlap, so that ids are unique whatever clocks say.
#include <cstdint>
#include <optional>
#include <string>

#include <msgpack.hpp>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

inline constexpr WallTime kRecordEpoch = Seconds(1'577'836'800);  // 2020-01-01T00:00:00Z
inline constexpr Micros kRecordTick = Millis(256);
inline constexpr int kRecordLaneBits = 10;
inline constexpr int kRecordSequenceBits = 10;
inline constexpr std::uint32_t kRecordLanes = 1 << kRecordLaneBits;
// Ids of one lane in one tick; so many are always to be had as consecutive numbers.
inline constexpr std::uint32_t kRecordBlock = 1 << kRecordSequenceBits;
inline constexpr std::uint64_t kRecordTickEnd = std::uint64_t{1} << 33;  // the first that is none
// The most that one lease has: a million ids a second at the clock's own pace.
inline constexpr std::uint32_t kMaxLeaseLanes = 256;

// The first id of `lane` in `tick`.
constexpr std::uint64_t record_id(std::uint64_t tick, std::uint32_t lane) {
  return ((tick << kRecordLaneBits) | lane) << kRecordSequenceBits;
}
constexpr std::uint64_t record_id_tick(std::uint64_t id) {
  return id >> (kRecordLaneBits + kRecordSequenceBits);
}
// When an id's tick begins: about when its event came, but no more than that.
constexpr WallTime record_id_time(std::uint64_t id) {
  return kRecordEpoch + kRecordTick * static_cast<std::int64_t>(record_id_tick(id));
}
// The tick of a time; 0 before 2020, kRecordTickEnd from 2089 on.
std::uint64_t record_tick(WallTime time);

struct RecordLease {
  std::uint64_t number = 0;  // drawn at random for each lease, never 0
  std::uint32_t lane = 0;
  std::uint32_t lanes = 0;
  std::uint64_t from = 0;   // tick
  std::uint64_t until = 0;  // tick, not included
  bool operator==(const RecordLease&) const = default;
};

// What RECORD_IDS asks for: to release a lease, to get one, or both, in this order.
struct RecordIdRequest {
  std::uint32_t lanes = 0;    // a power of two up to kMaxLeaseLanes; 0: no lease is asked for
  std::uint64_t after = 0;    // the tick that the asker has come to; ids before it are no use
  std::uint64_t extend = 0;   // the number of the asker's lease that should go on; 0: a new one
  std::uint64_t release = 0;  // the number of a lease whose rest goes back; 0: none
  std::uint64_t used = 0;     // of that lease: the first tick that nothing was taken from
  bool operator==(const RecordIdRequest&) const = default;
};

struct RecordIdReply {
  std::optional<RecordLease> lease;  // fewer lanes than asked for when others have them
  std::uint64_t now = 0;             // the authority's tick
  bool first = false;                // nobody was ever leased anything before
  bool operator==(const RecordIdReply&) const = default;
};

std::string encode_record_id_request(const RecordIdRequest& request);
// Of a request's map. Error: kInvalid, naming the key.
Result<RecordIdRequest> decode_record_id_request(const msgpack::object& map);
std::string encode_record_id_reply(const RecordIdReply& reply);
// Of a reply's map that has no "error". Error: kCorrupt for what is no lease.
Result<RecordIdReply> decode_record_id_reply(const msgpack::object& map);

}  // namespace ox
