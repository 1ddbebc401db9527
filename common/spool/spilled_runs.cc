#include "common/spool/spilled_runs.h"

#include <algorithm>
#include <limits>

#include "common/base/log.h"

namespace ox {

// Expired runs lie on the disk for at most this part of the age beyond it.
static constexpr int kMergesPerAge = 8;

// Several files and records in memory as one, in order; what is in several of them comes as often.
class SpilledRuns::Stream {
 public:
  // Damage goes to `damage`; both must outlive the stream.
  Stream(const Files& files, const std::vector<DedupRecord>& added,
         std::vector<DamagedRange>* damage)
      : added_(added), damage_(damage) {
    for (const auto& file : files) sources_.push_back({DedupFile::Cursor(*file), std::nullopt});
  }
  Status start() {
    for (Source& source : sources_) OX_RETURN_IF_ERROR(advance(source));
    find_first();
    return ok_status();
  }
  // Null at the end.
  const DedupRecord* peek() const { return first_; }
  Status pop() {
    if (from_ == nullptr) {
      ++at_;
    } else {
      OX_RETURN_IF_ERROR(advance(*from_));
    }
    find_first();
    return ok_status();
  }

 private:
  struct Source {
    DedupFile::Cursor cursor;
    std::optional<DedupRecord> head;
  };

  Status advance(Source& source) {
    OX_ASSIGN_OR_RETURN(source.head, source.cursor.next(damage_));
    return ok_status();
  }
  void find_first() {
    from_ = nullptr;
    first_ = at_ < added_.size() ? &added_[at_] : nullptr;
    for (Source& source : sources_) {
      if (!source.head || (first_ != nullptr && !comes_before(*source.head, *first_))) continue;
      first_ = &*source.head;
      from_ = &source;
    }
  }

  std::vector<Source> sources_;
  const std::vector<DedupRecord>& added_;
  std::vector<DamagedRange>* const damage_;
  std::size_t at_ = 0;      // in added_
  Source* from_ = nullptr;  // null: added_
  const DedupRecord* first_ = nullptr;
};

std::string SpilledRuns::path(std::uint64_t number) const {
  return join_path(directory_, dedup_file_name(number));
}

Status SpilledRuns::add_file(std::uint64_t number, const DedupFileRef* expected) {
  std::vector<DamagedRange> damage;
  auto file = DedupFile::open(fs_, path(number), spool_id_, expected, &damage);
  std::lock_guard lock(mu_);
  last_number_ = std::max(last_number_, number);
  if (file.status().code() == Code::kNotFound && expected != nullptr) {
    damage.push_back({path(number), 0, expected->file_size(), "the file is missing"});
  } else if (!file.ok()) {
    return file.status();
  } else {
    files_.push_back(std::move(*file));
  }
  for (const DamagedRange& range : damage) tell(range);
  return ok_status();
}

void SpilledRuns::tell(const DamagedRange& range) {
  is_damaged_ = true;
  bool is_new = false;
  for (std::uint64_t at = 0; at < range.length; at += kDedupBlockSize)
    is_new = told_.emplace(range.segment, range.file_offset + at).second || is_new;
  if (is_new) listener_.on_damage(range);
}

void SpilledRuns::add_retired(std::uint64_t number) {
  std::lock_guard lock(mu_);
  retired_.insert(number);
  last_number_ = std::max(last_number_, number);
}

void SpilledRuns::skip_numbers(std::uint64_t upto) {
  std::lock_guard lock(mu_);
  last_number_ = std::max(last_number_, upto);
}

// --- Questions -----------------------------------------------------------------------------------

std::optional<DedupRecord> SpilledRuns::ask(DedupFile& file, const Uuid& run, std::uint64_t seq) {
  DamagedRange damage;
  auto record = file.floor(run, seq, &damage);
  if (record.ok()) return *record;
  if (record.status().code() == Code::kCorrupt) {
    tell(damage);
    file.drop_block(damage.file_offset);
  } else {
    listener_.on_failure(record.status());
  }
  return std::nullopt;
}

std::optional<DedupRecord> SpilledRuns::find(const Uuid& run) {
  std::lock_guard lock(mu_);
  std::optional<DedupRecord> found;
  for (const auto& file : files_) {
    auto record = ask(*file, run, std::numeric_limits<std::uint64_t>::max());
    if (!record) continue;
    if (!found) {
      found = record;
      continue;
    }
    found->heard = record->heard = std::max(found->heard, record->heard);
    // A run that came back took its highest record with it, and what it left later contains that.
    if (record->last > found->last || (record->last == found->last && record->first < found->first))
      found = record;
  }
  return found;
}

bool SpilledRuns::contains(const Uuid& run, std::uint64_t seq) {
  std::lock_guard lock(mu_);
  return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    auto record = ask(*file, run, seq);
    return record && record->last >= seq;
  });
}

std::vector<DedupFileRef> SpilledRuns::files() const {
  std::lock_guard lock(mu_);
  std::vector<DedupFileRef> refs;
  for (const auto& file : files_) refs.push_back(file->ref());
  return refs;
}

bool SpilledRuns::has_files(const std::vector<DedupFileRef>& refs) const {
  std::lock_guard lock(mu_);
  return std::all_of(refs.begin(), refs.end(), [this](const DedupFileRef& ref) {
    return retired_.count(ref.number) > 0 ||
           std::any_of(files_.begin(), files_.end(),
                       [&](const auto& file) { return file->ref().number == ref.number; });
  });
}

std::uint64_t SpilledRuns::run_count_approx() const {
  std::uint64_t runs = 0;
  for (const DedupFileRef& ref : files()) runs += ref.runs;
  return runs;
}

std::size_t SpilledRuns::memory_bytes() const {
  std::lock_guard lock(mu_);
  std::size_t bytes = 0;
  for (const auto& file : files_) bytes += file->memory_bytes();
  return bytes;
}

// --- Changes -------------------------------------------------------------------------------------

bool SpilledRuns::merge_due(Micros now, Micros age) const {
  std::lock_guard lock(mu_);
  return !files_.empty() &&
         (is_damaged_ || now - files_.front()->ref().made_at > age / kMergesPerAge);
}

std::size_t SpilledRuns::first_to_merge(const Files& files, std::size_t added, Micros now,
                                        Micros age) const {
  if (merge_due(now, age)) return 0;
  std::uint64_t together = added;
  std::size_t first = files.size();
  while (first > 0 && files[first - 1]->ref().records < 2 * together)
    together += files[--first]->ref().records;
  return first;
}

Result<SpilledRuns::Merged> SpilledRuns::merge(const std::vector<DedupRecord>& added, Micros now,
                                               Micros age, const HeardInMemory& heard_in_memory) {
  Files sources;
  std::uint64_t number = 0;
  {
    std::lock_guard lock(mu_);
    sources = files_;
    number = ++last_number_;
  }
  Merged merged;
  merged.replaces_from = first_to_merge(sources, added.size(), now, age);
  sources.erase(sources.begin(),
                sources.begin() + static_cast<std::ptrdiff_t>(merged.replaces_from));
  bool is_all = merged.replaces_from == 0;
  auto is_expired = [&](const Uuid& run, Micros& heard) {
    // Only all files together tell when a run was last heard of.
    if (!is_all || now - heard <= age) return false;
    std::optional<Micros> in_memory = heard_in_memory(run);
    if (!in_memory) return true;
    heard = std::max(heard, *in_memory);
    return now - heard > age;
  };
  OX_ASSIGN_OR_RETURN(auto writer,
                      DedupFileWriter::create(fs_, directory_, spool_id_, number, now));
  OX_RETURN_IF_ERROR(write(sources, added, *writer, is_expired));
  if (writer->empty()) return merged;
  OX_ASSIGN_OR_RETURN(DedupFileRef ref, writer->finish());
  std::vector<DamagedRange> damage;
  auto file = DedupFile::open(fs_, path(number), spool_id_, &ref, &damage);
  if (file.ok() && damage.empty()) {
    merged.file = std::move(*file);
    return merged;
  }
  (void)fs_.remove(path(number));
  return file.ok() ? Status(Code::kIo, path(number) + " does not hold what was written to it")
                   : Status(Code::kIo, file.status().message());
}

Status SpilledRuns::write(const Files& sources, const std::vector<DedupRecord>& added,
                          DedupFileWriter& writer,
                          const std::function<bool(const Uuid&, Micros&)>& is_expired) {
  // When a run was last heard of is known behind its last record only, and it may have more records
  // than memory should hold: one stream looks ahead, the other one follows.
  std::vector<DamagedRange> damage;
  std::vector<DamagedRange> same_damage;
  Stream ahead(sources, added, &damage);
  Stream records(sources, added, &same_damage);
  OX_RETURN_IF_ERROR(ahead.start());
  OX_RETURN_IF_ERROR(records.start());
  while (ahead.peek() != nullptr) {
    const Uuid run = ahead.peek()->run;
    Micros heard{};
    for (; ahead.peek() != nullptr && ahead.peek()->run == run;) {
      heard = std::max(heard, ahead.peek()->heard);
      OX_RETURN_IF_ERROR(ahead.pop());
    }
    bool goes = is_expired(run, heard);
    std::optional<DedupRecord> grown;
    while (records.peek() != nullptr && records.peek()->run == run) {
      DedupRecord next = *records.peek();
      OX_RETURN_IF_ERROR(records.pop());
      next.heard = heard;
      if (grown && (next.first <= grown->last || next.first - 1 == grown->last)) {
        grown->last = std::max(grown->last, next.last);
        continue;
      }
      if (grown && !goes) OX_RETURN_IF_ERROR(writer.add(*grown));
      grown = next;
    }
    if (grown && !goes) OX_RETURN_IF_ERROR(writer.add(*grown));
  }
  if (records.peek() != nullptr || damage.size() != same_damage.size())
    return Status(Code::kIo, "the same bytes of a dedup file were read twice, and differ");
  std::lock_guard lock(mu_);
  for (const DamagedRange& range : damage) tell(range);
  return ok_status();
}

void SpilledRuns::install(Merged merged) {
  std::lock_guard lock(mu_);
  while (files_.size() > merged.replaces_from) {
    retired_.insert(files_.back()->ref().number);
    files_.pop_back();
  }
  if (merged.replaces_from == 0) is_damaged_ = false;
  if (merged.file != nullptr) files_.push_back(std::move(merged.file));
}

void SpilledRuns::remove_unnamed(const std::set<std::uint64_t>& named) {
  std::vector<std::uint64_t> gone;
  {
    std::lock_guard lock(mu_);
    std::erase_if(retired_, [&](std::uint64_t number) {
      if (named.count(number) > 0) return false;
      gone.push_back(number);
      return true;
    });
  }
  for (std::uint64_t number : gone) {
    Status status = fs_.remove(path(number));
    if (!status.ok() && status.code() != Code::kNotFound)
      log_warning("spool: {}", status.message());
  }
}

}  // namespace ox
