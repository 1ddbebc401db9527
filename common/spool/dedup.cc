#include "common/spool/dedup.h"

#include "common/base/bytes.h"

namespace ox {

void IntervalSet::add_range(std::uint64_t first, std::uint64_t last) {
  auto next = last_of_.upper_bound(first);
  if (next != last_of_.begin()) {
    auto before = std::prev(next);
    if (before->second >= last) return;
    if (before->second + 1 >= first) {  // touches or overlaps: grow it
      first = before->first;
      next = last_of_.erase(before);
    }
  }
  while (next != last_of_.end() && next->first - 1 <= last) {
    last = std::max(last, next->second);
    next = last_of_.erase(next);
  }
  last_of_.emplace_hint(next, first, last);
}

bool IntervalSet::contains(std::uint64_t value) const {
  auto it = last_of_.upper_bound(value);
  return it != last_of_.begin() && std::prev(it)->second >= value;
}

Dedup::Seen Dedup::look_up(const BatchId& id, std::uint64_t* end) const {
  if (auto it = pending_.find(id); it != pending_.end()) {
    if (end != nullptr) *end = it->second;
    return Seen::kPending;
  }
  auto run = runs_.find(id.run);
  if (run != runs_.end() && run->second.seqs.contains(id.seq)) return Seen::kCommitted;
  return Seen::kNew;
}

void Dedup::commit(const BatchId& id, Micros now) {
  pending_.erase(id);
  Run& run = runs_[id.run];
  run.seqs.add(id.seq);
  run.last_heard = std::max(run.last_heard, now);
}

void Dedup::heard(const Uuid& run, Micros now) {
  if (auto it = runs_.find(run); it != runs_.end())
    it->second.last_heard = std::max(it->second.last_heard, now);
}

std::size_t Dedup::expire(Micros now, Micros age) {
  return std::erase_if(runs_,
                       [&](const auto& entry) { return now - entry.second.last_heard > age; });
}

std::string Dedup::snapshot() const {
  std::string out;
  append_le(out, static_cast<std::uint32_t>(runs_.size()));
  for (const auto& [id, run] : runs_) {
    out.append(id.view());
    append_le(out, static_cast<std::int64_t>(run.last_heard.count()));
    append_le(out, static_cast<std::uint32_t>(run.seqs.intervals().size()));
    for (const auto& [first, last] : run.seqs.intervals()) {
      append_le(out, first);
      append_le(out, last);
    }
  }
  return out;
}

Status Dedup::restore(std::string_view bytes) {
  ByteReader reader(bytes);
  std::unordered_map<Uuid, Run, UuidHash> runs;
  auto count = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    std::string_view id = reader.take(16);
    if (id.size() != 16) break;
    Run& run = runs[Uuid::from_bytes(id)];
    run.last_heard = Micros(reader.le<std::int64_t>());
    auto intervals = reader.le<std::uint32_t>();
    for (std::uint32_t k = 0; k < intervals && reader.ok(); ++k) {
      auto first = reader.le<std::uint64_t>();
      auto last = reader.le<std::uint64_t>();
      if (reader.ok() && first <= last) run.seqs.add_range(first, last);
    }
  }
  if (!reader.ok()) return Status(Code::kCorrupt, "a cut dedup snapshot");
  runs_ = std::move(runs);
  return ok_status();
}

}  // namespace ox
