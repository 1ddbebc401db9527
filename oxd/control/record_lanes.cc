#include "oxd/control/record_lanes.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/crc32c.h"

namespace ox {
namespace {

// The text: this line, "floor TICK", "seen TICK", a line "lanes FIRST COUNT LEASE FROM UNTIL" for each run of
// lanes that say the same, all lanes in order, and "crc HEX" of everything before it.
constexpr std::string_view kName = "oxd record-ids ";
constexpr std::string_view kLanesFirstLine = "oxd record-ids 1";
constexpr std::string_view kFloor = "floor";
constexpr std::string_view kSeen = "seen";
constexpr std::string_view kLanes = "lanes";

// Takes "WORD n n ..." apart, exactly; false when it is something else.
bool read_line(std::string_view line, std::string_view word,
               std::initializer_list<std::uint64_t*> numbers) {
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  for (std::uint64_t* out : numbers) {
    if (!line.starts_with(' ')) return false;
    auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), *out);
    if (error != std::errc()) return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return line.empty();
}

std::string_view take_line(std::string_view& text) {
  std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string crc_line(std::string_view text) { return fmt::format("crc {:08x}\n", crc32c(text)); }

Status damaged() { return Status(Code::kCorrupt, "is damaged"); }

}  // namespace

std::string RecordLanes::to_text() const {
  std::string text =
      fmt::format("{}\n{} {}\n{} {}\n", kLanesFirstLine, kFloor, floor_, kSeen, seen_);
  for (std::uint32_t first = 0; first < kRecordLanes;) {
    const Lane& lane = lanes_[first];
    std::uint32_t end = first + 1;
    while (end < kRecordLanes && lanes_[end] == lane) ++end;
    text += fmt::format("{} {} {} {} {} {}\n", kLanes, first, end - first, lane.lease, lane.from,
                        lane.until);
    first = end;
  }
  return text + crc_line(text);
}

Result<RecordLanes> RecordLanes::parse(std::string_view text) {
  if (text.starts_with(kName) && !text.starts_with(fmt::format("{}\n", kLanesFirstLine)))
    return Status(Code::kUnsupported, "is of a newer oxd");
  std::size_t crc_at = text.rfind("crc ");
  if (crc_at == std::string_view::npos) return damaged();
  if (text.substr(crc_at) != crc_line(text.substr(0, crc_at))) return damaged();
  text = text.substr(0, crc_at);

  if (take_line(text) != kLanesFirstLine) return damaged();
  RecordLanes lanes;
  if (!read_line(take_line(text), kFloor, {&lanes.floor_})) return damaged();
  if (!read_line(take_line(text), kSeen, {&lanes.seen_})) return damaged();
  std::uint32_t next = 0;
  while (!text.empty()) OX_RETURN_IF_ERROR(lanes.read_run(take_line(text), next));
  if (next != kRecordLanes) return damaged();
  return lanes;
}

Status RecordLanes::read_run(std::string_view line, std::uint32_t& next) {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  Lane lane;
  if (!read_line(line, kLanes, {&first, &count, &lane.lease, &lane.from, &lane.until}))
    return damaged();
  bool whole = first == next && count > 0 && count <= kRecordLanes - first &&
               lane.from <= lane.until && lane.until <= kRecordTickEnd;
  if (!whole) return damaged();
  for (; count > 0; --count) lanes_[next++] = lane;
  return ok_status();
}

std::optional<RecordLease> RecordLanes::find(std::uint64_t number) const {
  if (number == 0) return std::nullopt;
  auto mine = [number](const Lane& lane) { return lane.lease == number; };
  auto first = std::find_if(lanes_.begin(), lanes_.end(), mine);
  if (first == lanes_.end()) return std::nullopt;
  auto end = std::find_if_not(first, lanes_.end(), mine);
  return RecordLease{number, static_cast<std::uint32_t>(first - lanes_.begin()),
                     static_cast<std::uint32_t>(end - first), first->from, first->until};
}

void RecordLanes::set(const RecordLease& lease) {
  for (std::uint32_t i = lease.lane; i < lease.lane + lease.lanes; ++i)
    lanes_[i] = {lease.number, lease.from, lease.until};
}

void RecordLanes::forget(std::uint64_t number) {
  for (Lane& lane : lanes_)
    if (lane.lease == number) lane.lease = 0;
}

// The aligned window of `lanes` lanes that are free from `start` on and were used last: so that
// those which a clock far ahead has taken are taken again first, and others are spared.
std::optional<std::uint32_t> RecordLanes::free_window(std::uint32_t lanes,
                                                      std::uint64_t start) const {
  std::optional<std::uint32_t> best;
  std::uint64_t best_skipped = 0;  // ticks between what was given out and `start`, all lanes
  for (std::uint32_t first = 0; first < kRecordLanes; first += lanes) {
    std::uint64_t skipped = 0;
    bool free = true;
    for (std::uint32_t i = first; i < first + lanes && free; ++i) {
      free = lanes_[i].until <= start;
      if (free) skipped += start - lanes_[i].until;
    }
    if (!free || (best && skipped >= best_skipped)) continue;
    best = first;
    best_skipped = skipped;
  }
  return best;
}

// `floor_` is where an authority begins that does not know what was given out before; the clock
// reaches it in time.
std::uint64_t RecordLanes::latest_begin(std::uint64_t time) const {
  return std::min(std::max(time + kMostAheadTicks, floor_), kRecordTickEnd - 1);
}

bool RecordLanes::untouched() const {
  return floor_ == 0 && std::all_of(lanes_.begin(), lanes_.end(),
                                    [](const Lane& lane) { return lane.until == 0; });
}

Result<RecordLease> RecordLanes::grant(std::uint64_t number, std::uint32_t lanes,
                                       std::uint64_t after, std::uint64_t now) {
  seen_ = std::max(seen_, now);
  // Id 0 is none, so that tick 0 is left out.
  RecordLease lease{number, 0, 0, std::max({now, floor_, std::uint64_t{1}}), 0};
  if (after <= latest_begin(now)) lease.from = std::max(lease.from, after);
  for (lease.lanes = lanes; lease.lanes > 0; lease.lanes /= 2) {
    auto first = free_window(lease.lanes, lease.from);
    if (!first) continue;
    lease.lane = *first;
    break;
  }
  if (lease.lanes == 0) {
    auto soonest = std::min_element(lanes_.begin(), lanes_.end(),
                                    [](const Lane& a, const Lane& b) { return a.until < b.until; });
    lease.lane = static_cast<std::uint32_t>(soonest - lanes_.begin());
    lease.lanes = 1;
    lease.from = soonest->until;
  }
  // A clock that was put back far does not end the ids: they go on in the lanes' future.
  if (lease.from > latest_begin(seen_))
    return Status(Code::kUnavailable,
                  latest_begin(seen_) == kRecordTickEnd - 1
                      ? "record ids are used up, or the clock of this node is far ahead"
                      : "every lane of record ids is taken for the next hour");
  lease.until = std::min(lease.from + kLeaseTicks, kRecordTickEnd);
  // A lease has all of its lanes or is no more: it cannot go on with some of them.
  for (std::uint32_t i = lease.lane; i < lease.lane + lease.lanes; ++i)
    if (lanes_[i].lease != 0) forget(lanes_[i].lease);
  set(lease);
  return lease;
}

std::optional<RecordLease> RecordLanes::extend(std::uint64_t number, std::uint64_t after,
                                               std::uint64_t now) {
  auto lease = find(number);
  if (!lease) return std::nullopt;
  seen_ = std::max(seen_, now);
  std::uint64_t begin = std::max({now, lease->from, std::min(after, lease->until)});
  if (begin > latest_begin(now)) return std::nullopt;
  lease->until = std::max(lease->until, std::min(begin + kLeaseTicks, kRecordTickEnd));
  set(*lease);
  return lease;
}

Result<bool> RecordLanes::release(std::uint64_t number, std::uint64_t used) {
  auto lease = find(number);
  if (!lease) return false;
  if (used < lease->from || used > lease->until)
    return Status(Code::kInvalid,
                  fmt::format("RECORD_IDS: \"used\" must be from {} to {}, as the lease is, not {}",
                              lease->from, lease->until, used));
  // The number goes: the same release, come again, must not touch what is given out from here on.
  for (std::uint32_t i = lease->lane; i < lease->lane + lease->lanes; ++i)
    lanes_[i] = {0, used, used};
  return true;
}

}  // namespace ox
