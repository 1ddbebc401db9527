#include "common/ingest/journal_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/thread.h"

namespace ox {
namespace {

// What an entry has beside its batch, roughly.
constexpr std::uint64_t kEntryOverhead = 1024;
// What an empty journal may take until it is compacted; each time costs some syncs.
constexpr std::uint64_t kIdleBytes = 1 * kMiB;

std::uint64_t cost(const Batch& batch) { return batch.bytes().size() + kEntryOverhead; }

MonoTime now() { return Clock::system().mono(); }

}  // namespace

JournalWriter::JournalWriter(std::vector<FileJournal*> journals, std::function<void()> progressed,
                             const JournalWriterOptions& options)
    : journals_(std::move(journals)),
      progressed_(std::move(progressed)),
      options_(options),
      touched_(journals_.size()) {}

JournalWriter::~JournalWriter() { stop(); }

void JournalWriter::start() {
  thread_ = start_thread("journal", [this] { run(); });
}

void JournalWriter::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void JournalWriter::append(std::size_t journal, BatchPtr batch, std::string position) {
  {
    std::lock_guard lock(mu_);
    if (!failure_.ok()) return;
    queued_bytes_ += cost(*batch);
    queue_.push_back({journal, std::move(batch), std::move(position)});
  }
  changed_.notify_one();
}

void JournalWriter::released() {
  bool waits = false;
  {
    std::lock_guard lock(mu_);
    waits = !released_ || !room_hint_;
    released_ = room_hint_ = true;
  }
  if (waits) changed_.notify_one();
}

std::string JournalWriter::problem() const {
  std::lock_guard lock(mu_);
  return problem_;
}

Status JournalWriter::failure() const {
  std::lock_guard lock(mu_);
  return failure_;
}

void JournalWriter::run() {
  checkpoint_due_ = now() + options_.checkpoint_interval;
  while (true) {
    std::deque<Item> group;
    {
      std::unique_lock lock(mu_);
      auto something = [this] { return stopping_ || !queue_.empty(); };
      // What was released is remembered within a second; without that there is nothing to do.
      if (released_) {
        changed_.wait_for(lock, std::max(checkpoint_due_ - now(), Micros(0)), something);
      } else {
        changed_.wait(lock, [&] { return something() || released_; });
      }
      if (!failure_.ok() || (stopping_ && queue_.empty())) break;
      group.swap(queue_);
    }
    if (!group.empty()) write_group(std::move(group));
    checkpoint_when_due(false);
  }
  checkpoint_when_due(true);
}

void JournalWriter::write_group(std::deque<Item> group) {
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  bool good = true;
  for (const Item& item : group) {
    good = good && append_when_possible(item);
    bytes += cost(*item.batch);
    events += item.batch->event_count();
  }
  good = good && commit_touched();
  if (good) committed_events_ += events;
  {
    std::lock_guard lock(mu_);
    // Nothing is left when it has failed.
    queued_bytes_ -= std::min(bytes, queued_bytes_.load());
  }
  if (good) progressed_();
}

// False when the writer has failed, or ends before there is room.
bool JournalWriter::append_when_possible(const Item& item) {
  FileJournal& journal = *journals_[item.journal];
  std::uint64_t bytes = cost(*item.batch);
  while (true) {
    Status status;
    if (has_room(bytes)) {
      status = journal.append_unsynced(*item.batch, item.position);
      if (status.ok()) {
        touched_[item.journal] = true;
        disk_bytes_ += bytes;
        return true;
      }
      if (status.code() != Code::kNoSpace) {
        fail(status);
        return false;
      }
    }
    // What this group has so far can be sent meanwhile.
    if (!commit_touched()) return false;
    if (make_room()) continue;
    if (!wait_for_room(status.message())) return false;
  }
}

bool JournalWriter::has_room(std::uint64_t bytes) {
  if (disk_bytes_ + bytes <= options_.disk_limit) return true;
  disk_bytes_ = 0;
  for (const FileJournal* journal : journals_) disk_bytes_ += journal->disk_bytes();
  // A batch over the whole budget goes alone.
  return disk_bytes_ == 0 || disk_bytes_ + bytes <= options_.disk_limit;
}

bool JournalWriter::make_room() {
  {
    std::lock_guard lock(mu_);
    room_hint_ = false;
  }
  bool freed = false;
  for (FileJournal* journal : journals_) freed = journal->reclaim() || freed;
  return freed;
}

bool JournalWriter::commit_touched() {
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    if (!touched_[i]) continue;
    touched_[i] = false;
    if (Status status = journals_[i]->commit(); !status.ok()) {
      fail(status);
      return false;
    }
  }
  return true;
}

bool JournalWriter::wait_for_room(const std::string& disk_problem) {
  std::unique_lock lock(mu_);
  problem_ = disk_problem;
  changed_.wait_for(lock, options_.retry_interval, [this] { return stopping_ || room_hint_; });
  problem_.clear();
  return !stopping_;
}

void JournalWriter::checkpoint_when_due(bool at_end) {
  if (!at_end && now() < checkpoint_due_) return;
  checkpoint_due_ = now() + options_.checkpoint_interval;
  {
    std::lock_guard lock(mu_);
    if (!failure_.ok()) return;
    released_ = false;
  }
  for (FileJournal* journal : journals_) {
    Status status = journal->checkpoint();
    // A journal that has nothing to keep should not take room, nor be looked through at a start.
    std::uint64_t worth_it = at_end ? 1 : kIdleBytes;
    if (status.ok() && journal->disk_bytes() >= worth_it && journal->drained()) journal->reclaim();
    if (status.ok() || status.code() == Code::kNoSpace) continue;
    fail(status);
    return;
  }
}

void JournalWriter::fail(const Status& status) {
  {
    std::lock_guard lock(mu_);
    if (!failure_.ok()) return;
    failure_ = status;
    queue_.clear();
    queued_bytes_ = 0;
  }
  progressed_();
}

}  // namespace ox
