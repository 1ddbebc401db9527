#include "common/spool/dedup.h"

#include <algorithm>
#include <iterator>

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

bool IntervalSet::remove(std::uint64_t first, std::uint64_t last) {
  auto it = last_of_.find(first);
  if (it == last_of_.end() || it->second != last) return false;
  last_of_.erase(it);
  return true;
}

bool IntervalSet::contains(std::uint64_t value) const {
  auto it = last_of_.upper_bound(value);
  return it != last_of_.begin() && std::prev(it)->second >= value;
}

// A run that is not in memory comes back from the files with its highest interval, so that it goes
// on in that. Null when it is not there either.
Dedup::Run* Dedup::load(const Uuid& id) {
  if (spilled_ == nullptr) return nullptr;
  std::optional<DedupRecord> highest = spilled_->find(id);
  if (!highest) return nullptr;
  Run& run = runs_[id];
  run.seqs.add_range(highest->first, highest->last);
  run.last_heard = highest->heard;
  if (highest->first > 0) run.spilled_upto = highest->first - 1;
  ++intervals_;
  return &run;
}

Dedup::Seen Dedup::look_up(const BatchId& id, std::uint64_t* end) {
  if (auto it = pending_.find(id); it != pending_.end()) {
    if (end != nullptr) *end = it->second;
    return Seen::kPending;
  }
  auto it = runs_.find(id.run);
  const Run* run = it == runs_.end() ? load(id.run) : &it->second;
  if (run == nullptr) return Seen::kNew;
  bool is_known =
      run->seqs.contains(id.seq) || (run->spilled_upto && id.seq <= *run->spilled_upto &&
                                     spilled_ != nullptr && spilled_->contains(id.run, id.seq));
  return is_known ? Seen::kCommitted : Seen::kNew;
}

void Dedup::commit(const BatchId& id, Micros now) {
  pending_.erase(id);
  auto it = runs_.find(id.run);
  Run* run = it == runs_.end() ? load(id.run) : &it->second;
  if (run == nullptr) run = &runs_[id.run];
  intervals_ -= run->seqs.size();
  run->seqs.add(id.seq);
  intervals_ += run->seqs.size();
  run->last_heard = std::max(run->last_heard, now);
}

void Dedup::heard(const Uuid& run, Micros now) {
  if (auto it = runs_.find(run); it != runs_.end())
    it->second.last_heard = std::max(it->second.last_heard, now);
}

std::size_t Dedup::expire(Micros now, Micros age) {
  return std::erase_if(runs_, [&](const auto& entry) {
    bool goes = now - entry.second.last_heard > age;
    if (goes) intervals_ -= entry.second.seqs.size();
    return goes;
  });
}

std::optional<Micros> Dedup::last_heard(const Uuid& run) const {
  auto it = runs_.find(run);
  if (it == runs_.end()) return std::nullopt;
  return it->second.last_heard;
}

// --- What leaves memory --------------------------------------------------------------------------

// The lowest `count` intervals.
void Dedup::append_records(const Uuid& id, const Run& run, std::size_t count,
                           std::vector<DedupRecord>& out) {
  auto it = run.seqs.intervals().begin();
  for (std::size_t i = 0; i < count; ++i, ++it)
    out.push_back({id, it->first, it->second, run.last_heard});
}

std::vector<DedupRecord> Dedup::pick(Micros now) const {
  std::vector<DedupRecord> picked;
  if (intervals_ <= limits_.intervals) return picked;
  bool is_pressing = intervals_ > 8 * limits_.intervals;
  std::vector<const Runs::value_type*> whole;
  for (const auto& entry : runs_) {
    const Run& run = entry.second;
    bool is_idle = now - run.last_heard >= limits_.idle;
    if (!is_idle && run.seqs.size() > limits_.of_one_run) {
      append_records(entry.first, run, run.seqs.size() - limits_.of_one_run / 2, picked);
    } else if (is_idle || is_pressing) {
      whole.push_back(&entry);
    }
  }
  std::sort(whole.begin(), whole.end(), [](const auto* a, const auto* b) {
    return a->second.last_heard < b->second.last_heard;
  });
  for (const Runs::value_type* entry : whole) {
    bool is_idle = now - entry->second.last_heard >= limits_.idle;
    std::size_t left = intervals_ - picked.size();
    if (left <= limits_.intervals / 2 * (is_idle ? 1 : 8)) break;
    append_records(entry->first, entry->second, entry->second.seqs.size(), picked);
  }
  if (picked.size() < limits_.intervals / 4) picked.clear();  // not worth it yet
  std::sort(picked.begin(), picked.end(), comes_before);
  return picked;
}

std::size_t Dedup::forget(const std::vector<DedupRecord>& picked) {
  std::size_t before = intervals_;
  for (auto it = picked.begin(); it != picked.end();) {
    auto end = std::find_if(it, picked.end(),
                            [&](const DedupRecord& record) { return record.run != it->run; });
    auto found = runs_.find(it->run);
    if (found == runs_.end()) {
      it = end;
      continue;
    }
    Run& run = found->second;
    // A run of which all was picked stays as it is when it was heard of since: what is in a file of
    // it as well does no harm.
    auto count = static_cast<std::size_t>(std::distance(it, end));
    bool was_whole = count >= run.seqs.size();
    if (was_whole && run.last_heard != it->heard) {
      it = end;
      continue;
    }
    for (; it != end; ++it) {
      if (!run.seqs.remove(it->first, it->last)) continue;  // it has grown
      --intervals_;
      run.spilled_upto = std::max(run.spilled_upto.value_or(0), it->last);
    }
    if (run.seqs.size() == 0) runs_.erase(found);
  }
  return before - intervals_;
}

// --- Snapshots -----------------------------------------------------------------------------------

namespace {

std::vector<DedupFileRef> read_files(ByteReader& reader) {
  std::vector<DedupFileRef> files;
  auto count = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    DedupFileRef& file = files.emplace_back();
    file.number = reader.le<std::uint64_t>();
    file.records = reader.le<std::uint64_t>();
    file.runs = reader.le<std::uint64_t>();
    file.made_at = Micros(reader.le<std::int64_t>());
  }
  return files;
}

}  // namespace

std::string Dedup::snapshot() const {
  std::string out;
  std::vector<DedupFileRef> files;
  if (spilled_ != nullptr) files = spilled_->files();
  append_le(out, static_cast<std::uint32_t>(files.size()));
  for (const DedupFileRef& file : files) {
    append_le(out, file.number);
    append_le(out, file.records);
    append_le(out, file.runs);
    append_le(out, static_cast<std::int64_t>(file.made_at.count()));
  }
  append_le(out, static_cast<std::uint32_t>(runs_.size()));
  std::uint32_t partly = 0;
  for (const auto& [id, run] : runs_) {
    out.append(id.view());
    append_le(out, static_cast<std::int64_t>(run.last_heard.count()));
    append_le(out, static_cast<std::uint32_t>(run.seqs.size()));
    for (const auto& [first, last] : run.seqs.intervals()) {
      append_le(out, first);
      append_le(out, last);
    }
    if (run.spilled_upto) ++partly;
  }
  append_le(out, partly);
  for (const auto& [id, run] : runs_) {
    if (!run.spilled_upto) continue;
    out.append(id.view());
    append_le(out, *run.spilled_upto);
  }
  return out;
}

Status Dedup::restore(std::string_view bytes) {
  ByteReader reader(bytes);
  (void)read_files(reader);
  Runs runs;
  std::size_t intervals_in_all = 0;
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
    intervals_in_all += run.seqs.size();
  }
  auto partly = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < partly && reader.ok(); ++i) {
    std::string_view id = reader.take(16);
    auto upto = reader.le<std::uint64_t>();
    if (!reader.ok()) break;
    if (auto run = runs.find(Uuid::from_bytes(id)); run != runs.end())
      run->second.spilled_upto = upto;
  }
  if (!reader.ok()) return Status(Code::kCorrupt, "a cut dedup snapshot");
  runs_ = std::move(runs);
  intervals_ = intervals_in_all;
  return ok_status();
}

Result<std::vector<DedupFileRef>> Dedup::files_of(std::string_view snapshot) {
  if (snapshot.empty()) return std::vector<DedupFileRef>();
  ByteReader reader(snapshot);
  std::vector<DedupFileRef> files = read_files(reader);
  if (!reader.ok()) return Status(Code::kCorrupt, "a cut dedup snapshot");
  return files;
}

std::string Dedup::from_version_1(std::string_view snapshot) {
  if (snapshot.empty()) return {};
  std::string none(sizeof(std::uint32_t), '\0');
  return none + std::string(snapshot) + none;  // no files, and no run that is partly in one
}

}  // namespace ox
