#include "common/read/event_neighbours.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/read/event_by_id.h"
#include "common/store/event_order.h"
#include "common/store/log_index.h"

namespace ox {
namespace {

// Where fewer events lie in front than an index says, since some are gone: so many times more.
constexpr std::uint64_t kFurtherBack = 8;

Status too_large(std::size_t max_bytes) {
  return Status(Code::kTooLarge, fmt::format("These events take more than {}: ask for fewer",
                                             format_size(max_bytes)));
}

// Where to begin reading so that `events` lie before `offset`, by the index; 0 at the front.
std::uint64_t start_before(const std::vector<IndexBlock>& blocks, std::uint64_t offset,
                           std::uint64_t events) {
  auto block =
      std::upper_bound(blocks.begin(), blocks.end(), offset,
                       [](std::uint64_t at, const IndexBlock& each) { return at < each.offset; });
  if (block == blocks.begin()) return 0;
  const IndexBlock& last = *(block - 1);
  std::uint64_t start = last.offset + last.length;  // when it lies behind what the index covers
  if (offset < start) start = (--block)->offset;
  for (std::uint64_t known = 0; known < events && block != blocks.begin(); known += block->events)
    start = (--block)->offset;
  return start;
}

// What is around `offset` of the events of a file, in order.
class FileWindow {
 public:
  FileWindow(std::uint64_t offset, NeighbourCounts counts, std::size_t max_bytes)
      : offset_(offset), counts_(counts), max_bytes_(max_bytes) {}

  // False: no more is needed.
  Result<bool> add(std::string_view event, std::uint64_t at) {
    if (at < offset_) {
      keep_before(event, at);
      return true;
    }
    if (!found_) {
      if (at != offset_) return false;
      found_ = true;
      if (seen_ - lost_ < std::min<std::uint64_t>(counts_.before, seen_))
        return too_large(max_bytes_);
      event_ = {std::string(event), {{}, at}};
    } else {
      after_.push_back({std::string(event), {{}, at}});
    }
    bytes_ += event.size();
    if (bytes_ > max_bytes_) return too_large(max_bytes_);
    return after_.size() < counts_.after;
  }

  bool found() const { return found_; }
  bool full_before() const { return before_.size() == counts_.before; }

  EventNeighbours take(const std::string& path) {
    EventNeighbours out{std::move(event_), {}, std::move(after_)};
    std::move(before_.begin(), before_.end(), std::back_inserter(out.before));
    out.event.place.path = path;
    for (auto* list : {&out.before, &out.after})
      for (PlacedEvent& each : *list) each.place.path = path;
    return out;
  }

 private:
  void keep_before(std::string_view event, std::uint64_t at) {
    ++seen_;
    if (counts_.before == 0) return;
    PlacedEvent next;  // the one that goes gives it its memory
    if (before_.size() == counts_.before) drop_first(next);
    next.bytes = event;
    next.place.offset = at;
    bytes_ += event.size();
    before_.push_back(std::move(next));
    for (PlacedEvent gone; bytes_ > max_bytes_ && !before_.empty();) {
      lost_ = seen_ - before_.size() + 1;
      drop_first(gone);
    }
  }
  void drop_first(PlacedEvent& into) {
    into = std::move(before_.front());
    bytes_ -= into.bytes.size();
    before_.pop_front();
  }

  const std::uint64_t offset_;
  const NeighbourCounts counts_;
  const std::size_t max_bytes_;
  std::deque<PlacedEvent> before_;
  std::uint64_t seen_ = 0;  // before offset_
  std::uint64_t lost_ = 0;  // up to this one of them they were not kept for want of room
  bool found_ = false;
  PlacedEvent event_;
  std::vector<PlacedEvent> after_;
  std::size_t bytes_ = 0;
};

Result<std::optional<EventNeighbours>> neighbours_in(StoreReader& reader, const LogFile& file,
                                                     const LogPlace& place, NeighbourCounts counts,
                                                     std::size_t max_bytes) {
  std::vector<IndexBlock> blocks;
  for (std::uint64_t back = counts.before;; back *= kFurtherBack) {
    OX_ASSIGN_OR_RETURN(RawLog raw, RawLog::open(reader.fs(), file));
    if (raw.size() && *raw.size() <= place.offset) return std::optional<EventNeighbours>();
    if (blocks.empty()) {
      auto index = LogIndex::load(reader.fs(), index_path(file));
      if (index.ok() && index->fits(raw)) blocks = index->blocks();
    }
    const std::uint64_t start = start_before(blocks, place.offset, back);
    FileWindow window(place.offset, counts, max_bytes);
    OX_RETURN_IF_ERROR(reader.for_each_in(
        file, std::move(raw), start,
        [&](std::string_view event, std::uint64_t at) { return window.add(event, at); }));
    if (!window.found()) return std::optional<EventNeighbours>();
    if (window.full_before() || start == 0) return std::optional(window.take(place.path));
  }
}

}  // namespace

Result<std::optional<EventNeighbours>> neighbours_in_file(StoreReader& reader,
                                                          const LogPlace& place,
                                                          NeighbourCounts counts,
                                                          const std::optional<std::string>& id,
                                                          std::size_t max_bytes) {
  auto is_meant = [&id](const EventNeighbours& found) {
    return !id || has_id(EventSlices::of(found.event.bytes).id, *id, IdKind::kAny);
  };
  // A file may be compressed between being listed and being opened: then it is listed anew.
  for (bool again = false;; again = true) {
    OX_ASSIGN_OR_RETURN(const std::vector<LogFile> files, reader.files_at(place.path));
    bool gone = false;
    for (const LogFile& file : files) {
      auto found = neighbours_in(reader, file, place, counts, max_bytes);
      const bool vanished = found.status().code() == Code::kNotFound;
      if (!found.ok() && !vanished) return found;
      if (found.ok() && *found && is_meant(**found)) return found;
      gone = gone || vanished;
    }
    if (!gone || again) return std::optional<EventNeighbours>();
  }
}

Result<EventNeighbours> neighbours_in_time(StoreReader& reader, PlacedEvent event,
                                           const EventSelection& selection, NeighbourCounts counts,
                                           std::size_t max_bytes) {
  const EventOrder order(EventOrder::By::kEnd, false);
  auto rank = [&order](const EventSlices& slices) { return order.rank(slices, 0, 0); };
  EventNeighbours out{std::move(event), {}, {}};
  const EventSlices center = EventSlices::of(out.event.bytes);
  const auto end = center.end.as_number();
  if (!end || std::isnan(*end))
    return Status(Code::kInvalid, "This event has no time: nothing is around it but in its file");
  const EventRank here = rank(center);
  const LogPlace& place = out.event.place;
  std::size_t bytes = out.event.bytes.size();

  auto collect = [&](bool before, std::size_t count, std::vector<PlacedEvent>& into) -> Status {
    if (count == 0) return ok_status();
    EventSelection side = selection;
    EventConditions bound;
    (before ? bound.until : bound.since) = end;
    narrow(side.conditions, bound);
    ScanOptions options;
    options.order = before ? ScanOptions::Order::kNewestFirst : ScanOptions::Order::kOldestFirst;
    options.by = EventOrder::By::kEnd;
    return reader.for_each(
        side,
        [&](std::string_view each, const EventSlices& slices, const LogPlace& at) -> Result<bool> {
          const EventRank there = rank(slices);
          const bool lies_before =
              std::tie(there, at.path, at.offset) < std::tie(here, place.path, place.offset);
          if (lies_before != before || at == place) return true;
          bytes += each.size();
          if (bytes > max_bytes) return too_large(max_bytes);
          into.push_back({std::string(each), at});
          return into.size() < count;
        },
        options);
  };
  OX_RETURN_IF_ERROR(collect(true, counts.before, out.before));
  std::reverse(out.before.begin(), out.before.end());
  OX_RETURN_IF_ERROR(collect(false, counts.after, out.after));
  return out;
}

}  // namespace ox
