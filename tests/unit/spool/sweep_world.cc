#include "tests/unit/spool/sweep_world.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

constexpr const char* kLogs = "/logs";
constexpr std::uint64_t kStory = 32;  // batches
constexpr std::uint64_t kFresh = 3;   // more of them once the disk works again
constexpr std::uint32_t kEvents = 3;
constexpr const char* kTypes[] = {"alpha", "beta"};

std::string body_of(std::uint64_t seq, std::uint32_t i) {
  return fmt::format("{}.{}:{};", seq, i, std::string(20 + seq * 37 % 150, 'x'));
}

}  // namespace

SweepWorld::SweepWorld(SimulatedDisk& disk, std::string spool)
    : disk_(disk), spool_path_(std::move(spool)) {
  for (std::uint64_t seq = 1; seq <= kStory + kFresh; ++seq)
    for (std::uint32_t i = 0; i < kEvents; ++i)
      event_of_[body_of(seq, i)] = fmt::format("{}.{}", seq, i);
}

SweepWorld::~SweepWorld() { stop(); }

BatchPtr SweepWorld::batch(std::uint64_t seq) {
  BatchBuilder builder(1);
  for (std::uint32_t i = 0; i < kEvents; ++i)
    builder.add(kTypes[(seq + i) % std::size(kTypes)], "host", 1.5, body_of(seq, i));
  return builder.seal({test_run(), seq}, Seconds(1'500'000'000));
}

// --- The node ------------------------------------------------------------------------------------

Status SweepWorld::start() {
  {
    std::lock_guard lock(mu_);
    unsettled_.clear();
  }
  Status status = open_stages();
  if (!status.ok()) {
    stop();
    return status;
  }
  write_->start();
  intake_->start();
  return ok_status();
}

// As Daemon::open() does it.
Status SweepWorld::open_stages() {
  SpoolOptions options;
  options.path = spool_path_;
  options.segment_bytes = 2500;  // some six batches
  options.cache_bytes = 0;       // outputs read what the disk has
  OX_ASSIGN_OR_RETURN(spool_, Spool::open(disk_, options, clock_));
  OX_ASSIGN_OR_RETURN(LogPathClaim claim,
                      LogPathClaim::open(disk_, kLogs, spool_path_, *spool_, "the test"));
  claim_ = std::make_unique<LogPathClaim>(std::move(claim));
  to_peer_ = spool_->add_cursor("peer", {});
  metrics_ = std::make_unique<Metrics>();
  intake_ = std::make_unique<Intake>(*spool_, nullptr, *metrics_, IntakeOptions(), clock_);
  checkpoints_ = std::make_unique<Checkpoints>(*spool_, *intake_, *metrics_, clock_);
  WriteOptions write;
  write.files.directory = kLogs;
  write.retry = Millis(1);
  TailFeed& tail = *this;
  write_ =
      std::make_unique<WriteStage>(disk_, *spool_, *checkpoints_, tail, *metrics_, clock_, write);
  OX_RETURN_IF_ERROR(write_->open());
  OX_RETURN_IF_ERROR(checkpoints_->write());
  return claim_->fresh() ? claim_->take(disk_) : ok_status();
}

void SweepWorld::stop() {
  if (intake_ != nullptr) intake_->stop();
  if (write_ != nullptr) write_->stop();
  write_.reset();
  checkpoints_.reset();
  intake_.reset();
  to_peer_.reset();
  claim_.reset();
  spool_.reset();
}

bool SweepWorld::dead() const { return spool_ == nullptr || spool_->failed() || disk_.stopped(); }

bool SweepWorld::be_alive() {
  if (!dead()) return true;
  std::string why;
  // A fault strikes once: it may hit a start, but not two.
  for (int attempt = 0; attempt < 3 && !disk_.stopped(); ++attempt) {
    if (spool_ != nullptr && spool_->stats().reason.empty())
      violation("silent", "the spool has failed, and gives no reason");
    bool was_planned = spool_ == nullptr && attempt == 0;
    stop();
    if (!was_planned) {
      ++restarts_;
      disk_.crash(keep_);
    }
    Status status = start();
    if (status.ok()) {
      send_unacknowledged();
      return true;
    }
    why = status.message();
  }
  if (!disk_.stopped()) violation("start", why);
  return false;
}

void SweepWorld::crash(Keep keep) {
  disk_.crash(keep);  // what is open answers no more: the node ends as it can
  stop();
}

// Two: segments go once both slots are past them.
void SweepWorld::checkpoint() {
  for (int slot = 0; slot < 2 && !dead(); ++slot) (void)checkpoints_->write();
}

// --- The world around it -------------------------------------------------------------------------

void SweepWorld::settled(std::uint64_t, const BatchId& id, Settled how) {
  std::lock_guard lock(mu_);
  if (how == Settled::kSafe) acked_.insert(id.seq);
  if (auto it = unsettled_.find(id.seq); it != unsettled_.end()) unsettled_.erase(it);
  changed_.notify_all();
}

// Whatever waits for a while to try again does so soon: the clock runs while we wait.
bool SweepWorld::wait_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::unique_lock lock(mu_);
  while (!done()) {
    if (dead()) return false;
    if (std::chrono::steady_clock::now() > deadline) {
      violation("stuck", "the node neither goes on nor fails: " + write_->status().reason);
      return false;
    }
    changed_.wait_for(lock, std::chrono::microseconds(200));
    clock_.advance(Millis(2));
    if (!intake_->full()) continue;
    // It tries a full disk again now and then; whatever wakes it makes it try now.
    lock.unlock();
    (void)intake_->refuse({test_run(99), 1}, {});
    lock.lock();
  }
  return true;
}

void SweepWorld::submit(std::uint64_t seq) {
  sent_.insert(seq);
  {
    std::lock_guard lock(mu_);
    unsettled_.insert(seq);
  }
  intake_->submit({batch(seq), this, seq, true});
}

void SweepWorld::send(std::uint64_t first, std::uint64_t last, bool together) {
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    sent_.insert(seq);
    if (!be_alive()) return;
    submit(seq);
    if (!together || seq == last) (void)wait_until([this] { return unsettled_.empty(); });
  }
}

void SweepWorld::send_unacknowledged() {
  Seqs again;
  {
    std::lock_guard lock(mu_);
    std::set_difference(sent_.begin(), sent_.end(), acked_.begin(), acked_.end(),
                        std::back_inserter(again));
  }
  for (std::uint64_t seq : again) submit(seq);
}

void SweepWorld::write_all() {
  if (!be_alive()) return;
  (void)wait_until([this] { return unsettled_.empty(); });
  (void)wait_until([this] {
    write_->checkpoint_soon();
    return write_->released() >= spool_->end();
  });
}

// Until something is in the files that no checkpoint knows of, if there is anything to write.
void SweepWorld::flush() {
  (void)wait_until([this] {
    std::uint64_t flushed = metrics_->counter("write.flushed_events").value();
    return write_->released() >= spool_->end() ||
           (flushed > 0 && flushed >= write_->status().written_events);
  });
}

void SweepWorld::forward() {
  while (!dead()) {
    auto record = to_peer_->next();
    if (!record.ok() && record.status().code() == Code::kCorrupt) continue;
    if (!record.ok() || !*record) return;
    std::uint64_t seq = seq_of(**record);
    if (!sent_.count(seq) || (*record)->batch->bytes() != batch(seq)->bytes())
      violation("altered", fmt::format("batch {} at the peer", seq));
    at_peer_.insert(seq);
    to_peer_->release((*record)->end);
  }
}

// --- The story -----------------------------------------------------------------------------------

bool SweepWorld::run(Keep keep, std::uint64_t stop_at) {
  keep_ = keep;
  const std::vector<std::function<void()>> steps = {
      [&] { send(1, 3); },
      [&] { write_all(); },
      [&] { send(4, 9, true); },
      [&] { forward(); },
      [&] { write_all(); },
      [&] { checkpoint(); },
      [&] { clock_.advance(std::chrono::hours(24)); },
      [&] { send(10, 15, true); },
      [&] { write_all(); },
      // A clean restart.
      [&] { stop(); },
      [&] { send(16, 20); },
      [&] { forward(); },
      [&] { write_all(); },
      [&] { checkpoint(); },
      [&] { send(21, 26, true); },
      [&] { flush(); },
      [&] { crash(keep); },
      [&] { send(27, kStory, true); },
      [&] { write_all(); },
      [&] { checkpoint(); },
  };
  for (const auto& step : steps) {
    // Again for each step: a crash in between takes it back.
    disk_.crash_after(stop_at - std::min(stop_at, disk_.changes()));
    if (be_alive()) step();
    if (disk_.stopped()) return true;
  }
  return false;
}

bool SweepWorld::start_in_vain(std::uint64_t changes) {
  disk_.crash_after(changes);
  write_all();
  checkpoint();
  return disk_.stopped();
}

void SweepWorld::finish(Keep at_the_end) {
  if (!be_alive()) return;
  send_unacknowledged();
  send(kStory + 1, kStory + kFresh);
  write_all();
  for (std::uint64_t seq : sent_) {
    std::lock_guard lock(mu_);
    if (!acked_.count(seq)) violation("stuck", fmt::format("batch {} is not acknowledged", seq));
  }
  // Copies, as from a peer that lost all acknowledgements.
  for (std::uint64_t seq : sent_) {
    if (dead()) break;
    submit(seq);
  }
  write_all();
  stop();
  check_files();
  if (!violations_.empty()) return;
  disk_.crash(at_the_end);
  if (Status status = start(); !status.ok()) return violation("start", status.message());
  write_all();
  forward();
  stop();
  check_files();
  for (std::uint64_t seq : acked_)
    if (!at_peer_.count(seq))
      violation("lost", fmt::format("batch {} did not reach the peer", seq));
}

void SweepWorld::check_files() {
  std::map<std::string, int> copies;
  for (const std::string& day : disk_.names(kLogs)) {
    if (day.starts_with(".")) continue;
    std::string directory = join_path(kLogs, day);
    for (const std::string& name : disk_.names(directory)) {
      std::string bytes = disk_.content(join_path(directory, name));
      for (std::size_t at = 0; at < bytes.size();) {
        std::size_t end = std::min(bytes.find(';', at), bytes.size() - 1) + 1;
        auto event = event_of_.find(bytes.substr(at, end - at));
        if (event == event_of_.end())
          return violation("altered", fmt::format("bytes at {} of {}", at, name));
        ++copies[event->second];
        at = end;
      }
    }
  }
  for (std::uint64_t seq : sent_) {
    for (std::uint32_t i = 0; i < kEvents; ++i) {
      std::string event = fmt::format("{}.{}", seq, i);
      if (copies[event] > 1)
        violation("twice", fmt::format("event {} is {} times in the files", event, copies[event]));
      if (copies[event] == 0 && acked_.count(seq))
        violation("lost", fmt::format("event {} is not in the files", event));
    }
  }
}

void SweepWorld::violation(const std::string& kind, const std::string& what) {
  violations_.push_back(kind + ": " + what);
}

std::string SweepWorld::report() const {
  std::string out;
  for (const std::string& violation : violations_) out += violation + "\n";
  return out;
}

}  // namespace ox
