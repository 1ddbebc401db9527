#include "tests/unit/spool/dedup_world.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "tests/unit/spool/batches.h"
#include "tests/unit/spool/many_runs.h"

namespace ox {

DedupWorld::DedupWorld(SimulatedDisk& disk, FileSystem& fs) : disk_(disk), fs_(fs) {}

DedupWorld::~DedupWorld() { stop(); }

bool DedupWorld::start() {
  SpoolOptions options;
  options.path = "/s";
  auto opened = Spool::open(fs_, options, clock_);
  if (!opened.ok()) return false;
  spool_ = std::move(*opened);
  // What was appended and never acknowledged may look damaged, but no file of known runs.
  for (const DamagedRange& range : spool_->recovery().damaged)
    if (parse_dedup_file_name(base_name(range.segment))) violation("damage", range.segment);
  IntakeOptions intake;
  intake.dedup_limits = {.intervals = 16, .idle = Seconds(60), .of_one_run = 4};
  intake.dedup_age = Seconds(8000);
  intake.conflict_window = 1;
  intake_ = std::make_unique<Intake>(*spool_, nullptr, metrics_, intake, clock_);
  intake_->start();
  settled_ = 0;
  return true;
}

void DedupWorld::stop() {
  if (intake_ != nullptr) intake_->stop();
  intake_.reset();
  spool_.reset();
}

void DedupWorld::settled(std::uint64_t, const BatchId&, Settled) {
  std::lock_guard lock(mu_);
  ++settled_;
  changed_.notify_all();
}

// Nobody tells when a spool fails or a disk stops: that is looked for now and then.
void DedupWorld::send_all(const std::vector<Name>& names) {
  if (dead()) return;
  std::unique_lock lock(mu_);
  std::uint64_t all = settled_ + names.size();
  lock.unlock();
  for (const Name& name : names) {
    sent_.insert(name);
    intake_->submit({make_batch(BatchId{numbered_run(name.run), name.seq}), this, 0, true});
  }
  lock.lock();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (settled_ < all) {
    lock.unlock();
    bool is_dead = dead();
    lock.lock();
    if (settled_ >= all) break;
    if (is_dead) return;  // what was settled all the same nobody heard
    if (std::chrono::steady_clock::now() > deadline) {
      violation("stuck", fmt::format("batch {}/{}", names[0].run, names[0].seq));
      return;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(1));
  }
  acked_.insert(names.begin(), names.end());
}

// The store's position stays at the beginning: no segment goes, and all can be counted.
void DedupWorld::checkpoint() {
  if (dead()) return;
  Position covers = 0;
  Micros uptime{};
  std::string dedup = intake_->dedup_snapshot(&covers, &uptime);
  (void)spool_->write_checkpoint(dedup, covers, "", 0, uptime);
  look_at_files();
}

void DedupWorld::look_at_files() {
  std::size_t files = 0;
  for (const std::string& name : disk_.names("/s"))
    if (name.starts_with("dedup-")) ++files;
  most_files_ = std::max(most_files_, files);
}

bool DedupWorld::run(std::uint64_t stop_at) {
  auto come = [this](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t run = first; run <= last; ++run) send(run, 1);
  };
  const std::vector<std::function<void()>> steps = {
      [&] { (void)start(); },
      [&] { come(1, 30); },
      [&] { rest(); },
      [&] { checkpoint(); },  // the first file
      [&] { come(31, 40); },
      [&] { checkpoint(); },
      // Some come back: with new batches, with copies.
      [&] {
        send(1, 2);
        send(2, 1);
        send(3, 2);
        send(3, 1);
      },
      // One has many gaps, and fills one of them from far behind.
      [&] {
        for (std::uint64_t seq = 2; seq <= 40; seq += 2) send(100, seq);
      },
      [&] { checkpoint(); },
      [&] {
        send(100, 7);
        send(100, 2);
      },
      [&] { rest(); },
      [&] { come(41, 60); },
      [&] { checkpoint(); },  // files that are merged
      // A clean restart.
      [&] {
        stop();
        (void)start();
      },
      [&] {
        send(1, 1);
        send(1, 3);
        send(100, 38);
        send(100, 9);
      },
      [&] { rest(); },
      [&] { come(61, 80); },
      [&] { checkpoint(); },
      [&] { checkpoint(); },  // files that were merged go
      // Enough uptime for all files to be merged, and then for what was not heard of to expire.
      [&] {
        clock_.advance(Seconds(4000));
        send(1, 4);
        send(100, 2);
      },
      [&] { checkpoint(); },
      [&] {
        clock_.advance(Seconds(4100));
        for (const Name& name : sent_)
          if (name.run != 1 && name.run != 100) expired_.insert(name);
        come(81, 90);
      },
      [&] { checkpoint(); },
      [&] {
        send(1, 2);
        send(100, 4);
        send(100, 11);
        rest();
        come(91, 110);
      },
      [&] { checkpoint(); },
      [&] { checkpoint(); },
      [&] { stop(); },
  };
  disk_.crash_after(stop_at - std::min(stop_at, disk_.changes()));
  for (const auto& step : steps) {
    step();
    if (disk_.stopped()) return true;
    if (&step != &steps.back() && dead()) return false;
  }
  return false;
}

void DedupWorld::crash(SimulatedDisk::Keep keep) {
  stop();
  disk_.crash(keep);
}

bool DedupWorld::start_in_vain(std::uint64_t changes) {
  disk_.crash_after(changes);
  if (start()) {
    rest();
    for (std::uint64_t run = 200; run < 220; ++run) send(run, 1);
    checkpoint();
    checkpoint();
  }
  return disk_.stopped();
}

void DedupWorld::finish() {
  if (!start()) {
    violation("start", "on a disk that works");
    return;
  }
  auto send_again = [this](bool acked_too) {
    std::vector<Name> names;
    for (const Name& name : sent_)
      if (!expired_.count(name) && (acked_too || !acked_.count(name))) names.push_back(name);
    if (!names.empty()) send_all(names);
  };
  send_again(false);
  checkpoint();
  send_again(true);
  rest();
  checkpoint();
  stop();
  if (!start()) {
    violation("start", "a second time");
    return;
  }
  send_again(true);
  check_log();
  stop();
}

void DedupWorld::check_log() {
  std::map<Uuid, std::map<std::uint64_t, int>> copies;
  auto cursor = spool_->add_cursor("all", {});
  while (true) {
    auto record = cursor->next();
    if (!record.ok()) {
      violation("damage", record.status().message());
      continue;
    }
    if (!*record) break;
    ++copies[(*record)->batch->id().run][(*record)->batch->id().seq];
  }
  cursor.reset();
  for (const Name& name : sent_) {
    int n = copies[numbered_run(name.run)][name.seq];
    if (n == 0 && acked_.count(name))
      violation("lost", fmt::format("batch {}/{}", name.run, name.seq));
    if (n > 1) violation("twice", fmt::format("batch {}/{}: {} times", name.run, name.seq, n));
  }
}

void DedupWorld::violation(const std::string& kind, const std::string& what) {
  violations_.push_back(kind + ": " + what);
}

bool DedupWorld::violated(const std::string& kind) const {
  return std::any_of(violations_.begin(), violations_.end(), [&](const std::string& violation) {
    return violation.starts_with(kind + ":");
  });
}

std::string DedupWorld::report() const {
  std::string out;
  for (const std::string& violation : violations_) out += violation + "\n";
  return out;
}

}  // namespace ox
