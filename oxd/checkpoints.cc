#include "oxd/checkpoints.h"

#include <fmt/format.h>

#include "common/base/thread.h"

namespace ox {

Checkpoints::Checkpoints(Spool& spool, Intake& intake, Metrics& metrics, const Clock& clock)
    : spool_(spool),
      intake_(intake),
      written_(metrics.counter("spool.checkpoints")),
      limiter_(clock) {
  const auto& recovered = spool.recovered_checkpoint();
  if (!recovered) return;
  has_store_ = !recovered->store.empty();
  listing_ = recovered->store;
  store_position_ = recovered->store_position;
}

Checkpoints::~Checkpoints() { stop(); }

void Checkpoints::start(Micros interval, std::function<std::vector<Position>()> progress) {
  if (!spool_.on_disk()) return;
  progress_ = std::move(progress);
  thread_ = start_thread("checkpoints", [this, interval] {
    std::unique_lock lock(mu_);
    while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
      lock.unlock();
      look(progress_());
      lock.lock();
    }
  });
}

void Checkpoints::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  look(progress_());
  spool_.remove_spares();
}

void Checkpoints::look(const std::vector<Position>& progress) {
  // Two for each change: segments go once both slots are past them.
  if (progress != last_progress_) due_ = 2;
  if (due_ == 0) return spool_.remove_spares();  // nothing came, and nothing went
  last_progress_ = progress;
  std::lock_guard lock(write_mu_);
  if (Status status = write_locked(); status.ok()) {
    --due_;
  } else {
    limiter_.warn("checkpoint", fmt::format("spool: no checkpoint: {}", status.message()));
  }
}

Status Checkpoints::write() {
  std::lock_guard lock(write_mu_);
  return write_locked();
}

void Checkpoints::begin_store(const std::string& listing, Position position) {
  std::lock_guard lock(write_mu_);
  has_store_ = true;
  listing_ = listing;
  store_position_ = position;
}

Status Checkpoints::store(const std::string& listing, Position position) {
  std::lock_guard lock(write_mu_);
  has_store_ = true;
  listing_ = listing;
  store_position_ = position;
  return write_locked();
}

void Checkpoints::forget_store() {
  std::lock_guard lock(write_mu_);
  has_store_ = false;
  listing_.clear();
}

Status Checkpoints::write_locked() {
  Position covers = 0;
  Micros uptime{};
  std::string dedup = intake_.dedup_snapshot(&covers, &uptime);
  // Without files, nothing holds segments back but the cursors.
  Position store_position = has_store_ ? store_position_ : covers;
  OX_RETURN_IF_ERROR(spool_.write_checkpoint(dedup, covers, listing_, store_position, uptime));
  written_.add();
  return ok_status();
}

}  // namespace ox
