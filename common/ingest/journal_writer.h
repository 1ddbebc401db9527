#pragma once
// Makes sealed batches safe in the journals of their files, on a thread of its own.
//
//   append() --queue--> [append each, one fdatasync for each journal] --> on_committed() of these
//
// All that waits in the queue when a sync has ended is the next group: while the disk is busy the
// next batches are being sealed, and a slow disk gets larger groups. It also writes the journals'
// checkpoints, at most once a second, and keeps their size within a budget: without room it waits,
// for released() or for the disk, and the queue grows; queued_bytes() tells the caller to stop.
// Threading: append(), released() and the figures on any thread. While it runs, the journals' side
// of the writer is this thread's.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/file_journal.h"

namespace ox {

struct JournalWriterOptions {
  std::uint64_t disk_limit = 512 * kMiB;  // of all journals together
  Micros checkpoint_interval = Seconds(1);
  Micros retry_interval = Millis(200);  // without room, or on a full disk
};

class JournalWriter {
 public:
  // `progressed` is called on the writer's thread when batches left the queue, or failure() is set;
  // it must not block. `journals` must outlive the writer.
  JournalWriter(std::vector<FileJournal*> journals, std::function<void()> progressed,
                const JournalWriterOptions& options = {});
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void start();
  // Ends the thread: what waits in the queue is written as far as there is room, the rest is
  // forgotten (its lines are still in their file); then a last checkpoint.
  void stop();

  // `journal` is an index into the constructor's list.
  void append(std::size_t journal, BatchPtr batch, std::string position);
  // A journal's release() was called.
  void released();

  // Of batches appended that are not safe yet.
  std::uint64_t queued_bytes() const { return queued_bytes_; }
  // Of the first so many events appended, in order, each is safe in its journal.
  std::uint64_t committed_events() const { return committed_events_; }
  // While the disk is full: that. "" otherwise.
  std::string problem() const;
  // What stopped the writer for good: no journal takes anything any more.
  Status failure() const;

 private:
  struct Item {
    std::size_t journal;
    BatchPtr batch;
    std::string position;
  };

  void run();
  void write_group(std::deque<Item> group);
  bool append_when_possible(const Item& item);
  bool has_room(std::uint64_t bytes);
  bool make_room();
  bool commit_touched();
  bool wait_for_room(const std::string& disk_problem);
  void checkpoint_when_due(bool at_end);
  void fail(const Status& status);

  // Constant after construction.
  const std::vector<FileJournal*> journals_;
  const std::function<void()> progressed_;
  const JournalWriterOptions options_;

  // Owned by the writer's thread.
  std::vector<bool> touched_;     // appended to since the last commit
  std::uint64_t disk_bytes_ = 0;  // at most so many are used
  MonoTime checkpoint_due_{};
  std::thread thread_;

  mutable std::mutex mu_;  // everything below is guarded by it
  std::condition_variable changed_;
  std::deque<Item> queue_;
  std::atomic<std::uint64_t> queued_bytes_{0};  // written under mu_; asked for every event
  std::atomic<std::uint64_t> committed_events_{0};
  bool released_ = false;   // since the last checkpoint
  bool room_hint_ = false;  // since the last make_room()
  bool stopping_ = false;
  std::string problem_;
  Status failure_;
};

}  // namespace ox
