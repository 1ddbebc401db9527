#pragma once
// The one thread that appends to a spool: it takes batches from everybody who has some, drops
// copies of what it has, appends the rest as a group, commits once for all of them, and tells each
// giver when its batch is safe.
//
//   collect, link, sources --submit()--> queue --> dedup, room, append --> commit --> settled()
//                                                       |                               (givers)
//                                                       +--> BatchObserver::accepted()
//
// Back-pressure: submissions that nobody else keeps block their submit() while the queue is full;
//                those of acknowledging peers never do, because the peers' windows bound them.
// Threading:     submit() from any thread; BatchGiver and BatchObserver are called on the intake's.
#include <condition_variable>
#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/spool/dead_letters.h"
#include "common/spool/dedup.h"
#include "common/spool/parked_submissions.h"
#include "common/spool/recent_checksums.h"
#include "common/spool/spool.h"
#include "common/spool/submission.h"

namespace ox {

class BatchObserver {
 public:
  virtual ~BatchObserver() = default;
  // Every batch that was taken, once, in order, before it is committed.
  virtual void accepted(const SpoolRecord& record) = 0;
  // A batch was given up, as Settled::kDropped; it may have been accepted before.
  virtual void gave_up(const Batch&) {}
};

enum class WhenFull { kBlock, kDropOldest, kDropNewest };
enum class SyncMode { kCommit, kNone };

struct IntakeOptions {
  WhenFull when_full = WhenFull::kBlock;
  SyncMode sync = SyncMode::kCommit;
  Micros dedup_age = std::chrono::hours(24 * 30);  // of uptime, after a run was last heard of
  std::uint64_t queue_bytes = 8 * kMiB;            // of batches whose givers can be blocked
  std::uint64_t commit_bytes = 2 * kMiB;  // at most so much waits for one commit, and a batch
  // After a group of several batches that were small, others are waited for, so long from one commit to the next
  // or until there are so many. tests/bench/clients.py: of a thousand senders of ten batches a second each, every few
  // had a commit of their own, which was a third of what they took.
  Micros gather = Millis(2);
  std::size_t gather_batches = 256;
  DeadLetters* dead_letters = nullptr;  // for other bytes under a known identity; may be null
  // Of known batches in memory; the others are on disk. Without a disk eight times as many are kept,
  // and the others forgotten.
  DedupLimits dedup_limits;
  std::size_t conflict_window = 65536;            // batches whose checksums are remembered for that
  WallTime accept_clamp = std::chrono::hours(1);  // backward clock steps up to this are flattened
};

class Intake {
 public:
  // `observer` may be null. Both spool and observer must outlive the intake.
  Intake(Spool& spool, BatchObserver* observer, Metrics& metrics, const IntakeOptions& options,
         const Clock& clock);
  ~Intake();

  void start();
  // Takes what was submitted before, commits it, settles what is safe, and joins the thread.
  // Submissions still waiting for room are not settled: see waiting_events().
  void stop();

  // Hands the batch over. Blocks while the queue is full, unless the submission is `acknowledged`.
  // False after stop(): the batch was not taken.
  bool submit(Submission submission);
  // As submit(), but false instead of blocking.
  bool try_submit(Submission& submission);

  // The next node refuses a batch that is not safe yet for what it is. True when the one who sent
  // it still keeps it, and is told: nothing of it is left here then. Waits for the intake's thread.
  bool refuse(const BatchId& id, const Refusal& why);

  // True while batches wait for room under WhenFull::kBlock. Thread-safe.
  bool full() const { return full_.load(std::memory_order_relaxed); }
  // Events in submissions that wait in the queue or for room, or are being taken. Thread-safe.
  std::uint64_t waiting_events() const;

  // The dedup sets and the position they cover, for a checkpoint: each for the next one, in the
  // order in which they were made. On disk, runs that should leave memory are written to a file
  // first, which may take a while, on the calling thread. Thread-safe.
  std::string dedup_snapshot(Position* covers, Micros* uptime);

 private:
  struct Waiter {  // a submission whose batch is pending
    BatchGiver* giver;
    std::uint64_t token;
    BatchId id;
    std::uint32_t events;
    bool original;      // false: a copy that joined
    bool acknowledged;  // its sender still has it: it must not be dropped
  };

  struct RefuseRequest {
    BatchId id;
    Refusal why;
    std::promise<bool> done;
  };

  void run();
  void handle_refusals();
  bool refuse_waiters(const BatchId& id, const Refusal& why);
  bool wait_for_work(std::vector<Submission>& group);
  void enqueue(Submission submission);  // mu_ held
  bool gathered_enough() const;         // likewise
  void take(std::vector<Submission>& group);
  void commit_taken();
  void tidy_dedup();
  void spill_dedup();
  // These three: true when the submission was dealt with, false when it must wait.
  bool take_parked();
  bool admit(const Submission& submission);
  bool append(const Submission& submission);
  bool settle_copy(const Submission& submission);
  bool conflicts(const Submission& submission) const;
  void settle_conflict(const Submission& submission);
  bool waits_its_turn(const Submission& submission) const;
  bool make_room(const Submission& submission);
  void settle_safe();
  void abandon_unacknowledged();
  void drop(const Submission& submission, Counter& counter);
  void publish_waiting();
  WallTime accept_time();
  Micros uptime() const;

  // Constant after construction.
  Spool& spool_;
  BatchObserver* observer_;
  const IntakeOptions options_;
  const Clock& clock_;
  const MonoTime started_;
  const bool syncs_;  // each commit
  Micros earlier_uptime_{};
  Counter& duplicates_;
  Counter& conflicts_;
  Counter& dropped_newest_;
  Counter& dropped_oldest_;
  Counter& lost_failed_;
  Counter& clock_steps_;
  Counter& forgotten_;
  LogLimiter limiter_;

  // Owned by the intake's thread.
  ParkedSubmissions parked_;                 // wait for room
  std::multimap<Position, Waiter> waiters_;  // by the end of the record
  RecentChecksums checksums_;                // of acknowledging peers' batches
  std::vector<RefuseRequest> refusals_now_;
  WallTime last_accept_{};
  std::uint64_t uncommitted_bytes_ = 0;  // appended since the last commit
  MonoTime next_tidy_{};
  MonoTime next_expiry_{};
  bool disk_full_ = false;
  bool gather_ = false;      // the group before had several batches, and was small
  MonoTime committed_at_{};  // when that group was taken

  std::mutex spill_mu_;  // one snapshot at a time; taken before dedup_mu_
  mutable std::mutex dedup_mu_;
  Dedup dedup_;  // guarded by dedup_mu_, but for what is pending: the intake's thread's
  Position dedup_covers_ = 0;  // guarded by dedup_mu_: every record before this is in dedup_

  std::atomic<bool> full_{false};

  mutable std::mutex mu_;
  std::condition_variable work_;         // for the intake
  std::condition_variable room_;         // for blocked givers
  std::vector<Submission> queue_;        // guarded by mu_
  std::vector<RefuseRequest> refusals_;  // guarded by mu_
  std::uint64_t queue_bytes_ = 0;        // guarded by mu_: of givers that can be blocked
  std::uint64_t waiting_events_ = 0;     // guarded by mu_
  bool poked_ = false;                   // guarded by mu_: the spool released something
  std::uint64_t gathered_bytes_ = 0;     // guarded by mu_: in queue_
  bool gathering_ = false;  // guarded by mu_: single submissions need not wake the intake
  bool stopping_ = false;   // guarded by mu_
  std::thread thread_;
};

}  // namespace ox
