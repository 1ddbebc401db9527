// The files in which a disk spool keeps runs that left memory: which of them count at a start, and
// when those that were merged into others go. As with segments, a file goes only when both slots of
// the checkpoint are past it.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/spool/spool.h"

namespace ox {
namespace {

// A snapshot that cannot be read names nothing; the intake says that it cannot.
std::vector<DedupFileRef> files_named_by(const Checkpoint* checkpoint) {
  if (checkpoint == nullptr) return {};
  auto files = Dedup::files_of(checkpoint->dedup);
  return files.ok() ? std::move(*files) : std::vector<DedupFileRef>();
}

}  // namespace

// Before anything is changed: files of another spool or a newer format are not touched.
Status Spool::check_dedup_files() {
  OX_ASSIGN_OR_RETURN(auto entries, fs_.list(options_.path));
  for (const DirectoryEntry& entry : entries)
    if (auto number = parse_dedup_file_name(entry.name); number && !entry.is_directory)
      dedup_files_.insert(*number);
  for (std::uint64_t number : dedup_files_) {
    std::string path = join_path(options_.path, dedup_file_name(number));
    auto header = DedupFile::read_header(fs_, path);
    if (header.status().code() == Code::kCorrupt) continue;
    if (!header.ok()) return header.status();
    if (id_.is_nil()) id_ = header->spool_id;
    if (header->spool_id != id_)
      return Status(Code::kInvalid, fmt::format("{} belongs to spool {}, but this is {}", path,
                                                header->spool_id.to_string(), id_.to_string()));
  }
  return ok_status();
}

Status Spool::recover_dedup_files() {
  auto on_damage = [this](const DamagedRange& range) {
    if (recovered_) {
      (void)quarantine(range);
    } else {
      note_damage(range);
    }
  };
  auto on_failure = [this](const Status& status) { fail(status); };
  spilled_ = std::make_unique<SpilledRuns>(fs_, options_.path, id_,
                                           SpilledRuns::Listener{on_damage, on_failure});
  if (!dedup_files_.empty()) spilled_->skip_numbers(*dedup_files_.rbegin());
  // With no checkpoint at all they are better than nothing: what is in them was accepted.
  if (recovery_.checkpoint_lost) {
    for (std::uint64_t number : dedup_files_) OX_RETURN_IF_ERROR(adopt_dedup_file(number));
    return ok_status();
  }
  std::set<std::uint64_t> named;
  for (const DedupFileRef& ref : files_named_by(checkpoint_->current())) {
    named.insert(ref.number);
    OX_RETURN_IF_ERROR(spilled_->add_file(ref.number, &ref));
  }
  for (const DedupFileRef& ref : files_named_by(checkpoint_->former()))
    if (named.insert(ref.number).second) spilled_->add_retired(ref.number);
  return remove_dedup_files_but(named);
}

Status Spool::adopt_dedup_file(std::uint64_t number) {
  Status status = spilled_->add_file(number, nullptr);
  if (status.code() != Code::kCorrupt) return status;
  std::string path = join_path(options_.path, dedup_file_name(number));
  OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(path));
  OX_ASSIGN_OR_RETURN(std::string aside, quarantine_.take(path));
  log_error("spool: {}: set aside as {}", status.message(), aside);
  recovery_.damaged.push_back({path, 0, info.size, "no file of known runs"});
  recovery_.quarantined.push_back(aside);
  return ok_status();
}

// What a crash left unfinished, or brought back.
Status Spool::remove_dedup_files_but(const std::set<std::uint64_t>& named) {
  for (std::uint64_t number : dedup_files_)
    if (named.count(number) == 0)
      OX_RETURN_IF_ERROR(fs_.remove(join_path(options_.path, dedup_file_name(number))));
  return ok_status();
}

Result<SpilledRuns::Merged> Spool::spill(const std::vector<DedupRecord>& picked, Micros uptime,
                                         Micros age,
                                         const SpilledRuns::HeardInMemory& heard_in_memory) {
  if (failed()) return Status(Code::kIo, "the spool has failed: no dedup file is written");
  auto merged = spilled_->merge(picked, uptime, age, heard_in_memory);
  if (!merged.ok() && merged.status().code() != Code::kNoSpace) fail(merged.status());
  return merged;
}

void Spool::remove_merged_dedup_files() {
  const Checkpoint* former = checkpoint_->former();
  if (former == nullptr) return;
  std::set<std::uint64_t> named;
  for (const DedupFileRef& ref : files_named_by(checkpoint_->current())) named.insert(ref.number);
  for (const DedupFileRef& ref : files_named_by(former)) named.insert(ref.number);
  spilled_->remove_unnamed(named);
}

}  // namespace ox
