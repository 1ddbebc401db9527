#include "common/spool/intake.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/thread.h"

namespace ox {

static constexpr Micros kRetryFullDisk = Millis(200);
// Longer than a reader usually pauses, for a checkpoint.
static constexpr Micros kWaitForReaders = Millis(100);
static constexpr std::size_t kSomeBatches = 4;           // in a group: more are likely to come
static constexpr std::uint64_t kSmallGroup = 64 * kKiB;  // more bytes are worth a commit
static constexpr Micros kExpireEvery = std::chrono::hours(1);
static constexpr Micros kTidyEvery = Seconds(10);

// Without a disk, what leaves memory is forgotten: later than it would be spilled.
static DedupLimits limits_for(const Spool& spool, DedupLimits limits) {
  if (spool.on_disk()) return limits;
  limits.intervals *= 8;
  limits.idle = std::max<Micros>(limits.idle, std::chrono::hours(1));
  return limits;
}

Intake::Intake(Spool& spool, BatchObserver* observer, Metrics& metrics,
               const IntakeOptions& options, const Clock& clock)
    : spool_(spool),
      observer_(observer),
      options_(options),
      clock_(clock),
      started_(clock.mono()),
      syncs_(options.sync == SyncMode::kCommit && spool.on_disk()),
      duplicates_(metrics.counter("intake.duplicate_batches")),
      conflicts_(metrics.counter("intake.conflicting_batches")),
      dropped_newest_(metrics.counter("spool.dropped.newest")),
      dropped_oldest_(metrics.counter("spool.dropped.oldest")),
      lost_failed_(metrics.counter("spool.dropped.failed_disk")),
      clock_steps_(metrics.counter("intake.clock_steps")),
      forgotten_(metrics.counter("intake.forgotten_intervals")),
      limiter_(clock),
      checksums_(options.conflict_window),
      last_accept_(spool.recovered_accept_time()),
      next_tidy_(started_ + kTidyEvery),
      next_expiry_(started_ + kExpireEvery),
      dedup_(limits_for(spool, options.dedup_limits), spool.spilled_runs()),
      dedup_covers_(spool.committed()) {
  if (const auto& checkpoint = spool.recovered_checkpoint()) {
    earlier_uptime_ = checkpoint->uptime;
    if (Status status = dedup_.restore(checkpoint->dedup); !status.ok())
      log_error("spool: {}: retransmitted batches of before may be taken twice", status.message());
  }
  for (const Spool::RecoveredBatch& batch : spool.recovered_batches()) {
    dedup_.commit(batch.id, earlier_uptime_);
    checksums_.add(batch.id, batch.checksum);
  }
  spool.on_release([this] {
    std::lock_guard lock(mu_);
    poked_ = true;
    if (!gathering_) work_.notify_one();
  });
}

Intake::~Intake() {
  stop();
  spool_.on_release({});
}

void Intake::start() {
  thread_ = start_thread("intake", [this] { run(); });
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
  if (!submission.acknowledged)
    room_.wait(lock, [this] { return stopping_ || queue_bytes_ < options_.queue_bytes; });
  if (stopping_) return false;
  if (!submission.acknowledged) queue_bytes_ += submission.batch->bytes().size();
  enqueue(std::move(submission));
  return true;
}

void Intake::enqueue(Submission submission) {
  waiting_events_ += submission.batch->event_count();
  gathered_bytes_ += submission.batch->bytes().size();
  queue_.push_back(std::move(submission));
  if (!gathering_ || gathered_enough()) work_.notify_one();
}

bool Intake::gathered_enough() const {
  return queue_.size() >= options_.gather_batches || gathered_bytes_ >= kSmallGroup;
}

bool Intake::try_submit(Submission& submission) {
  std::lock_guard lock(mu_);
  if (stopping_) return false;
  if (!submission.acknowledged) {
    if (queue_bytes_ >= options_.queue_bytes) return false;
    queue_bytes_ += submission.batch->bytes().size();
  }
  enqueue(std::move(submission));
  return true;
}

bool Intake::refuse(const BatchId& id, const Refusal& why) {
  std::future<bool> done;
  {
    std::lock_guard lock(mu_);
    if (stopping_) return false;
    refusals_.push_back({id, why, {}});
    done = refusals_.back().done.get_future();
    work_.notify_one();
  }
  return done.get();
}

std::uint64_t Intake::waiting_events() const {
  std::lock_guard lock(mu_);
  return waiting_events_;
}

Micros Intake::uptime() const { return earlier_uptime_ + (clock_.mono() - started_); }

std::string Intake::dedup_snapshot(Position* covers, Micros* uptime_now) {
  std::lock_guard one_at_a_time(spill_mu_);
  if (spool_.on_disk()) spill_dedup();
  std::lock_guard lock(dedup_mu_);
  *covers = dedup_covers_;
  *uptime_now = uptime();
  return dedup_.snapshot();
}

// The runs stay in memory while they are written, and after an error.
void Intake::spill_dedup() {
  SpilledRuns& spilled = *spool_.spilled_runs();
  std::vector<DedupRecord> picked;
  {
    std::lock_guard lock(dedup_mu_);
    picked = dedup_.pick(uptime());
  }
  if (picked.empty() && !spilled.merge_due(uptime(), options_.dedup_age)) return;
  auto merged = spool_.spill(picked, uptime(), options_.dedup_age, [this](const Uuid& run) {
    std::lock_guard lock(dedup_mu_);
    return dedup_.last_heard(run);
  });
  if (!merged.ok()) {
    limiter_.warn(
        "spill", fmt::format("spool: known batches stay in memory: {}", merged.status().message()));
    return;
  }
  std::lock_guard lock(dedup_mu_);
  spilled.install(std::move(*merged));
  dedup_.forget(picked);
}

// --- The intake's thread -------------------------------------------------------------------------

void Intake::run() {
  std::vector<Submission> group;
  bool more = true;
  while (more) {
    more = wait_for_work(group);
    take(group);
    handle_refusals();
    tidy_dedup();
  }
}

// False when this is the last round.
bool Intake::wait_for_work(std::vector<Submission>& group) {
  group.clear();
  std::unique_lock lock(mu_);
  auto ready = [this] { return stopping_ || poked_ || !queue_.empty() || !refusals_.empty(); };
  if (disk_full_ && !parked_.empty()) {
    work_.wait_for(lock, kRetryFullDisk, ready);
  } else {
    work_.wait(lock, ready);
  }
  if (gather_) {
    const Micros left = options_.gather - (clock_.mono() - committed_at_);
    gathering_ = true;
    if (left > Micros(0))
      work_.wait_for(lock, left,
                     [this] { return stopping_ || !refusals_.empty() || gathered_enough(); });
    gathering_ = false;
  }
  poked_ = false;
  group.swap(queue_);
  gathered_bytes_ = 0;
  refusals_now_.swap(refusals_);
  return !stopping_;
}

void Intake::take(std::vector<Submission>& group) {
  committed_at_ = clock_.mono();
  const Position before = spool_.end();
  while (!parked_.empty() && take_parked()) {
  }
  for (Submission& submission : group) {
    bool done = waits_its_turn(submission) ? settle_copy(submission) : admit(submission);
    if (!done) parked_.push(std::move(submission));
    if (uncommitted_bytes_ >= options_.commit_bytes) commit_taken();
  }
  commit_taken();
  gather_ = syncs_ && group.size() >= kSomeBatches && spool_.end() - before < kSmallGroup;
  if (spool_.failed()) abandon_unacknowledged();
  publish_waiting();
}

void Intake::commit_taken() {
  const bool appended = std::exchange(uncommitted_bytes_, 0) > 0;
  if (syncs_) {
    (void)spool_.commit();  // a failure has stopped the spool and was logged: nothing becomes safe
  } else {
    spool_.commit_unsynced();
  }
  settle_safe();
  if (appended) (void)spool_.wait_for_readers(kWaitForReaders);
}

bool Intake::take_parked() {
  if (!admit(parked_.front())) return false;
  parked_.pop_front();
  return true;
}

// Nobody passes those who already wait, unless it would be dropped rather than wait.
bool Intake::waits_its_turn(const Submission& submission) const {
  return !parked_.empty() && (submission.acknowledged || options_.when_full == WhenFull::kBlock);
}

bool Intake::admit(const Submission& submission) {
  if (settle_copy(submission)) return true;
  if (spool_.failed()) {
    // An acknowledging peer keeps its batch and takes it elsewhere; the others have nobody to keep
    // it.
    if (submission.acknowledged) return false;
    drop(submission, lost_failed_);
    return true;
  }
  if (make_room(submission)) return append(submission);
  if (submission.acknowledged || options_.when_full == WhenFull::kBlock) return false;
  drop(submission, dropped_newest_);
  return true;
}

void Intake::handle_refusals() {
  for (RefuseRequest& request : refusals_now_)
    request.done.set_value(refuse_waiters(request.id, request.why));
  refusals_now_.clear();
}

bool Intake::refuse_waiters(const BatchId& id, const Refusal& why) {
  std::vector<Waiter> told;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    bool meant = it->second.id == id && it->second.acknowledged;
    if (meant) told.push_back(it->second);
    it = meant ? waiters_.erase(it) : std::next(it);
  }
  if (told.empty()) return false;
  dedup_.forget_pending(id);
  checksums_.forget(id);
  for (const Waiter& waiter : told) waiter.giver->refused(waiter.token, id, why);
  return true;
}

bool Intake::conflicts(const Submission& submission) const {
  auto known = checksums_.find(submission.batch->id());
  return known && *known != submission.batch->header().payload_crc;
}

void Intake::settle_conflict(const Submission& submission) {
  const Batch& batch = *submission.batch;
  conflicts_.add();
  std::string what = fmt::format("batch {}/{} came with other bytes than before",
                                 batch.id().run.to_string(), batch.id().seq);
  if (options_.dead_letters != nullptr) {
    Status kept = options_.dead_letters->keep(batch, "identity_conflict");
    if (kept.ok()) {
      log_error("{}: it is kept in {}", what, options_.dead_letters->directory());
      submission.giver->settled(submission.token, batch.id(), Settled::kSafe);
      return;
    }
    log_error("{}: a dead letter could not be kept: {}", what, kept.message());
  }
  log_error("{}: it is refused", what);
  submission.giver->refused(submission.token, batch.id(),
                            {RejectReason::kIdentityConflict, "its identity is known"});
}

bool Intake::settle_copy(const Submission& submission) {
  if (!submission.acknowledged) return false;  // sealed in this process, and given once
  if (conflicts(submission)) {
    settle_conflict(submission);
    return true;
  }
  const BatchId& id = submission.batch->id();
  Position end = 0;
  Dedup::Seen seen = Dedup::Seen::kNew;
  {
    std::lock_guard lock(dedup_mu_);
    seen = dedup_.look_up(id, &end);
    if (seen == Dedup::Seen::kCommitted) dedup_.heard(id.run, uptime());
  }
  if (seen == Dedup::Seen::kNew) return false;
  duplicates_.add();
  if (seen == Dedup::Seen::kPending) {
    waiters_.emplace(end, Waiter{submission.giver, submission.token, id,
                                 submission.batch->event_count(), false, true});
    return true;
  }
  submission.giver->settled(submission.token, id, Settled::kSafe);
  return true;
}

bool Intake::make_room(const Submission& submission) {
  std::uint64_t size = record_size(*submission.batch);
  if (spool_.has_room(size)) return true;
  if (spool_.reclaim() && spool_.has_room(size)) return true;
  while (spool_.skip_optional()) {
    (void)spool_.reclaim();
    if (spool_.has_room(size)) return true;
  }
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
    if (observer_ != nullptr) observer_->gave_up(*dropped->batch);
    dedup_.forget_pending(dropped->batch->id());
    checksums_.forget(dropped->batch->id());
    auto [first, last] = waiters_.equal_range(dropped->end);
    std::vector<std::pair<Position, Waiter>> gone(first, last);
    waiters_.erase(first, last);
    for (const auto& [end, waiter] : gone)
      waiter.giver->settled(waiter.token, waiter.id, Settled::kDropped);
  }
  return true;
}

bool Intake::append(const Submission& submission) {
  WallTime accepted_at = accept_time();
  auto record = spool_.append_unsynced(submission.batch, accepted_at);
  bool is_full = record.status().code() == Code::kNoSpace;
  while (is_full && (spool_.reclaim() || (spool_.skip_optional() && spool_.reclaim()))) {
    record = spool_.append_unsynced(submission.batch, accepted_at);
    is_full = record.status().code() == Code::kNoSpace;
  }
  if (is_full && !disk_full_)
    log_warning("spool: {}: batches wait until there is room", record.status().message());
  disk_full_ = is_full;
  if (!record.ok()) {
    if (submission.acknowledged) return false;
    if (is_full && options_.when_full == WhenFull::kBlock) return false;
    drop(submission, is_full ? dropped_newest_ : lost_failed_);
    return true;
  }
  uncommitted_bytes_ += record->end - record->position;
  const BatchId& id = submission.batch->id();
  dedup_.add_pending(id, record->end);
  if (submission.acknowledged) checksums_.add(id, submission.batch->header().payload_crc);
  waiters_.emplace(record->end,
                   Waiter{submission.giver, submission.token, id, submission.batch->event_count(),
                          true, submission.acknowledged});
  if (observer_ != nullptr) observer_->accepted(*record);
  return true;
}

void Intake::drop(const Submission& submission, Counter& counter) {
  counter.add(submission.batch->event_count());
  if (observer_ != nullptr) observer_->gave_up(*submission.batch);
  submission.giver->settled(submission.token, submission.batch->id(), Settled::kDropped);
}

void Intake::settle_safe() {
  Position safe = spool_.safe_position();
  auto end = waiters_.upper_bound(safe);
  {
    std::lock_guard lock(dedup_mu_);
    for (auto it = waiters_.begin(); it != end; ++it)
      if (it->second.original) dedup_.commit(it->second.id, uptime());
    dedup_covers_ = std::max(dedup_covers_, safe);
  }
  for (auto it = waiters_.begin(); it != end; ++it)
    it->second.giver->settled(it->second.token, it->second.id, Settled::kSafe);
  waiters_.erase(waiters_.begin(), end);
}

// Nothing becomes safe any more. Who has nobody behind him that keeps his batch must not wait for
// ever.
void Intake::abandon_unacknowledged() {
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    const Waiter waiter = it->second;
    it = waiter.acknowledged ? std::next(it) : waiters_.erase(it);
    if (waiter.acknowledged) continue;
    lost_failed_.add(waiter.events);
    waiter.giver->settled(waiter.token, waiter.id, Settled::kDropped);
  }
  for (const Submission& submission : parked_.take_unacknowledged()) drop(submission, lost_failed_);
}

// Givers that can be blocked are let go on only as their batches leave the queue and the park.
void Intake::publish_waiting() {
  full_ = !parked_.empty();
  std::lock_guard lock(mu_);
  queue_bytes_ = parked_.blocked_bytes();
  waiting_events_ = parked_.events();
  for (const Submission& submission : queue_) {
    waiting_events_ += submission.batch->event_count();
    if (!submission.acknowledged) queue_bytes_ += submission.batch->bytes().size();
  }
  room_.notify_all();
}

void Intake::tidy_dedup() {
  MonoTime now = clock_.mono();
  if (now < next_tidy_) return;
  next_tidy_ = now + kTidyEvery;
  std::lock_guard lock(dedup_mu_);
  // Whoever stores what comes from here knows the batches, and drops a copy in our stead.
  if (!spool_.on_disk()) forgotten_.add(dedup_.forget(dedup_.pick(uptime())));
  if (now < next_expiry_) return;
  next_expiry_ = now + kExpireEvery;
  dedup_.expire(uptime(), options_.dedup_age);
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
