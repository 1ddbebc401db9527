#pragma once
// An intake over a spool of the fixture's, with givers that remember what they were told, and ways
// to hold the intake's thread at a point of the test's choosing.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/spool/intake.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {

// Holds the thread that calls pass() until the test opens. Open at first. Thread-safe.
class Gate {
 public:
  void close() {
    std::lock_guard lock(mu_);
    closed_ = true;
  }
  void open() {
    std::lock_guard lock(mu_);
    closed_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mu_);
    held_ = closed_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    held_ = false;
  }
  // False when nobody came for long.
  bool wait_until_held() {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [this] { return held_; });
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool held_ = false;
};

// Remembers what it was told, and what the intake took. Thread-safe.
class Witness final : public BatchGiver, public BatchObserver {
 public:
  void settled(std::uint64_t token, const BatchId& id, Settled how) override {
    std::lock_guard lock(mu_);
    (how == Settled::kSafe ? safe_ : dropped_).push_back(id.seq);
    tokens_.push_back(token);
    changed_.notify_all();
  }
  void accepted(const SpoolRecord& record) override {
    {
      std::lock_guard lock(mu_);
      taken_.push_back(seq_of(record));
      taken_at_.push_back(record.accepted_at);
      changed_.notify_all();
    }
    gate.pass();
  }

  Seqs safe() const { return copy(safe_); }
  Seqs dropped() const { return copy(dropped_); }
  Seqs taken() const { return copy(taken_); }
  Seqs tokens() const { return copy(tokens_); }
  std::vector<WallTime> taken_at() const {
    std::lock_guard lock(mu_);
    return taken_at_;
  }

  // False when it does not come true for long. What no call of ours tells is looked for now and
  // then.
  bool wait_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::unique_lock lock(mu_);
      changed_.wait_for(lock, std::chrono::milliseconds(1));
    }
    return true;
  }
  bool wait_for_safe(std::size_t n) {
    return wait_until([&] { return safe().size() >= n; });
  }

  Gate gate;  // closed: the intake stops behind each batch it takes

 private:
  Seqs copy(const Seqs& seqs) const {
    std::lock_guard lock(mu_);
    return seqs;
  }

  mutable std::mutex mu_;
  std::condition_variable changed_;
  Seqs safe_;  // guarded by mu_, like all below
  Seqs dropped_;
  Seqs taken_;
  Seqs tokens_;
  std::vector<WallTime> taken_at_;
};

struct IntakeFixture : SpoolFixture {
  IntakeFixture() { open(); }
  ~IntakeFixture() { stop(); }

  void start() {
    BatchObserver* observer = &witness;
    intake = std::make_unique<Intake>(*spool, observer, metrics, intake_options, clock);
    intake->start();
  }
  void stop() {
    witness.gate.open();
    intake.reset();
  }
  void restart_node(SimulatedDisk::Keep keep) {
    stop();
    restart(keep);
    start();
  }
  // As an acknowledging peer gives it, and as a stage of this process does.
  bool give(std::uint64_t seq, std::uint32_t events = 1, std::uint64_t token = 0) {
    return intake->submit({make_batch(seq, events), &witness, token, true});
  }
  bool give_unkept(std::uint64_t seq, std::uint32_t events = 1) {
    return intake->submit({make_batch(seq, events), &witness, 0, false});
  }
  // What the output "out" reads until it has so many, releasing each.
  Seqs read(std::size_t n) {
    Seqs seqs;
    CHECK(witness.wait_until([&] {
      for (std::uint64_t seq : drain(*cursors["out"])) seqs.push_back(seq);
      return seqs.size() >= n;
    }));
    return seqs;
  }
  std::uint64_t count(const std::string& name) { return metrics.counter(name).value(); }
  // The intake has nothing more to do for now.
  bool wait_until_full() {
    return witness.wait_until([&] { return intake->full(); });
  }
  std::uint64_t syncs() const { return disk.count(SimulatedDisk::Op::kSync, ".seg"); }

  Metrics metrics;
  IntakeOptions intake_options;
  Witness witness;
  std::unique_ptr<Intake> intake;
};

struct MemoryIntakeFixture : IntakeFixture {
  // Room for so many batches of one event.
  void open_for(std::uint64_t batches, WhenFull when_full) {
    options.path = "";
    options.memory_limit = batches * unit();
    intake_options.when_full = when_full;
    open();
    add("out");
    start();
  }
};

}  // namespace ox
