#include "common/spool/intake.h"

#include <algorithm>

#include "common/base/log.h"

namespace ox {

static constexpr Micros kRetryFullDisk = Millis(200);

Intake::Intake(Spool& spool, BatchObserver* observer, Metrics& metrics,
               const IntakeOptions& options, const Clock& clock)
    : spool_(spool),
      observer_(observer),
      options_(options),
      clock_(clock),
      started_(clock.mono()),
      duplicates_(metrics.counter("intake.duplicate_batches")),
      dropped_newest_(metrics.counter("spool.dropped.newest")),
      dropped_oldest_(metrics.counter("spool.dropped.oldest")),
      lost_failed_(metrics.counter("spool.dropped.failed_disk")),
      clock_steps_(metrics.counter("intake.clock_steps")) {
  if (const auto& checkpoint = spool.recovered_checkpoint()) {
    earlier_uptime_ = checkpoint->uptime;
    if (Status status = dedup_.restore(checkpoint->dedup); !status.ok())
      log_error("spool: {}: retransmitted batches of before may be taken twice", status.message());
  }
  for (const BatchId& id : spool.recovered_ids()) dedup_.commit(id, earlier_uptime_);
  spool.on_release([this] {
    std::lock_guard lock(mu_);
    poked_ = true;
    work_.notify_one();
  });
}

Intake::~Intake() {
  stop();
  spool_.on_release(nullptr);  // cursors may outlive us
}

void Intake::start() {
  thread_ = std::thread([this] { run(); });
}

void Intake::stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
    work_.notify_one();
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool Intake::submit(Submission submission) {
  std::unique_lock lock(mu_);
  if (!submission.acknowledged) {
    room_.wait(lock, [this] { return stopping_ || queue_bytes_ < options_.queue_bytes; });
    queue_bytes_ += submission.batch->bytes().size();
  }
  if (stopping_) return false;
  queue_.push_back(std::move(submission));
  work_.notify_one();
  return true;
}

bool Intake::try_submit(Submission& submission) {
  std::lock_guard lock(mu_);
  if (stopping_) return false;
  if (!submission.acknowledged) {
    if (queue_bytes_ >= options_.queue_bytes) return false;
    queue_bytes_ += submission.batch->bytes().size();
  }
  queue_.push_back(std::move(submission));
  work_.notify_one();
  return true;
}

std::uint64_t Intake::waiting_events() const {
  std::uint64_t events = parked_events_.load(std::memory_order_relaxed);
  std::lock_guard lock(mu_);
  for (const Submission& submission : queue_) events += submission.batch->event_count();
  return events;
}

Micros Intake::uptime() const { return earlier_uptime_ + (clock_.mono() - started_); }

std::string Intake::dedup_snapshot(Position* covers, Micros* uptime_now) const {
  std::lock_guard lock(dedup_mu_);
  // Everything safe has been moved to the committed sets before the mutex was let go.
  *covers = spool_.on_disk() ? spool_.committed() : 0;
  *uptime_now = uptime();
  return dedup_.snapshot();
}

void Intake::run() {
  MonoTime next_expiry = clock_.mono() + std::chrono::hours(1);
  std::vector<Submission> group;
  while (true) {
    group.clear();
    bool stopping = false;
    {
      std::unique_lock lock(mu_);
      auto ready = [&] {
        // A group of blocked givers is left in the queue while others wait for room before them.
        return stopping_ || poked_ || !queue_.empty();
      };
      if (disk_full_) {
        work_.wait_for(lock, kRetryFullDisk, ready);
      } else {
        work_.wait(lock, ready);
      }
      poked_ = false;
      stopping = stopping_;
      group.swap(queue_);
    }
    take(group);
    if (clock_.mono() >= next_expiry) {
      std::lock_guard lock(dedup_mu_);
      dedup_.expire(uptime(), options_.dedup_age);
      next_expiry = clock_.mono() + std::chrono::hours(1);
    }
    if (stopping) return;
  }
}

void Intake::take(std::vector<Submission>& group) {
  disk_full_ = false;
  {
    std::lock_guard lock(dedup_mu_);
    std::deque<Submission> waiting;
    waiting.swap(parked_);
    for (Submission& submission : waiting)
      if (!admit(submission)) parked_.push_back(std::move(submission));
    for (Submission& submission : group)
      if (!admit(submission)) parked_.push_back(std::move(submission));
    commit_group();
    settle_safe();
  }
  // Givers that can be blocked are let go on only as their batches leave the queue and the park.
  std::uint64_t blocked_bytes = 0;
  std::uint64_t parked_events = 0;
  for (const Submission& submission : parked_) {
    parked_events += submission.batch->event_count();
    if (!submission.acknowledged) blocked_bytes += submission.batch->bytes().size();
  }
  parked_events_ = parked_events;
  full_ = !parked_.empty();
  std::lock_guard lock(mu_);
  queue_bytes_ = blocked_bytes;
  for (const Submission& submission : queue_)
    if (!submission.acknowledged) queue_bytes_ += submission.batch->bytes().size();
  room_.notify_all();
}

// False when the submission must wait.
bool Intake::admit(Submission& submission) {
  const BatchId& id = submission.batch->id();
  if (submission.acknowledged) {
    std::uint64_t end = 0;
    switch (dedup_.look_up(id, &end)) {
      case Dedup::Seen::kCommitted:
        duplicates_.add();
        submission.giver->settled(submission.token, id, Settled::kSafe);
        return true;
      case Dedup::Seen::kPending:
        duplicates_.add();
        waiters_.emplace(end, Waiter{end, submission.giver, submission.token, id, false, true});
        return true;
      case Dedup::Seen::kNew:
        break;
    }
  }
  if (spool_.failed()) {
    // An acknowledging peer keeps its batch and takes it elsewhere; the others have nobody to keep it.
    if (submission.acknowledged) return false;
    drop(submission, lost_failed_);
    return true;
  }
  if (!make_room(submission)) {
    if (submission.acknowledged || options_.when_full == WhenFull::kBlock) return false;
    drop(submission, dropped_newest_);
    return true;
  }
  append(submission);
  return submission.batch == nullptr;
}

bool Intake::make_room(const Submission& submission) {
  std::uint64_t size = record_size(*submission.batch);
  // First come, first served: nobody passes those who already wait.
  bool others_wait = !parked_.empty() && options_.when_full == WhenFull::kBlock;
  if (!others_wait && spool_.has_room(size)) return true;
  if (submission.acknowledged || options_.when_full != WhenFull::kDropOldest) return false;
  // An acknowledging peer's batch is refused by withholding its ack, never dropped.
  auto may_drop = [this](Position end) {
    auto [first, last] = waiters_.equal_range(end);
    return std::none_of(first, last, [](const auto& entry) { return entry.second.acknowledged; });
  };
  while (!spool_.has_room(size)) {
    auto dropped = spool_.drop_oldest(may_drop);
    if (!dropped) return false;
    dropped_oldest_.add(dropped->batch->event_count());
    auto [first, last] = waiters_.equal_range(dropped->end);
    for (auto it = first; it != last; ++it)
      it->second.giver->settled(it->second.token, it->second.id, Settled::kDropped);
    waiters_.erase(first, last);
    dedup_.forget_pending(dropped->batch->id());
  }
  return true;
}

void Intake::append(Submission& submission) {
  auto record = spool_.append_unsynced(submission.batch, accept_time());
  if (!record.ok()) {
    if (record.status().code() == Code::kNoSpace) {
      if (!disk_full_) log_warning("spool: {}", record.status().message());
      disk_full_ = true;
      if (!submission.acknowledged && options_.when_full != WhenFull::kBlock) {
        drop(submission, dropped_newest_);
        submission.batch = nullptr;
      }
      return;  // with its batch: it waits
    }
    if (!submission.acknowledged) {
      drop(submission, lost_failed_);
      submission.batch = nullptr;
    }
    return;
  }
  dedup_.add_pending(submission.batch->id(), record->end);
  waiters_.emplace(record->end, Waiter{record->end, submission.giver, submission.token,
                                       submission.batch->id(), true, submission.acknowledged});
  if (observer_ != nullptr) observer_->accepted(*record);
  submission.batch = nullptr;
}

void Intake::drop(const Submission& submission, Counter& counter) {
  counter.add(submission.batch->event_count());
  submission.giver->settled(submission.token, submission.batch->id(), Settled::kDropped);
}

void Intake::commit_group() {
  if (options_.sync == SyncMode::kNone) {
    spool_.commit_unsynced();
  } else {
    (void)spool_.commit();  // a failure has stopped the spool and was logged: nothing becomes safe
  }
}

void Intake::settle_safe() {
  Position safe = spool_.safe_position();
  auto end = waiters_.upper_bound(safe);
  for (auto it = waiters_.begin(); it != end; ++it) {
    const Waiter& waiter = it->second;
    if (waiter.original) dedup_.commit(waiter.id, uptime());
    waiter.giver->settled(waiter.token, waiter.id, Settled::kSafe);
  }
  waiters_.erase(waiters_.begin(), end);
}

WallTime Intake::accept_time() {
  WallTime now = clock_.wall();
  if (now < last_accept_) {
    // A small step back must not write into a file that was closed; a large one is a clock that was
    // wrong before, and is followed.
    if (last_accept_ - now <= options_.accept_clamp) return last_accept_;
    clock_steps_.add();
    log_warning("the clock went back by {} s: accept times follow it",
                (last_accept_ - now).count() / 1'000'000);
  }
  last_accept_ = now;
  return now;
}

}  // namespace ox
