#pragma once
// A node whose known runs do not fit into its memory, on a disk that crashes, and a client that
// sends every batch until it is acknowledged, and old ones again. The log keeps everything that was
// ever taken, so that it can be counted: violations() says which promises were broken:
//
//   lost    an acknowledged batch is not in the log
//   twice   a batch is in the log more than once
//   damage  the start found a file of known runs damaged
//   start   the spool does not open
//   stuck   the node neither takes batches nor fails
//
// Threading: one thread; the intake has its own.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/spool/intake.h"
#include "tests/support/simulated_disk.h"

namespace ox {

class DedupWorld final : BatchGiver {
 public:
  // `fs` is the disk as the node sees it; both must outlive the world.
  DedupWorld(SimulatedDisk& disk, FileSystem& fs);
  ~DedupWorld() override;

  // Runs that come, rest, leave memory, come back, go on with gaps, and expire; checkpoints, merges
  // of all sizes, a clean restart. The disk stops in front of its change number `stop_at`; true
  // when it came to that.
  bool run(std::uint64_t stop_at = SimulatedDisk::kForever);
  void crash(SimulatedDisk::Keep keep);
  // The disk works again, but stops in front of change number `changes` from now on, while the node
  // starts, or spills and merges a little later. True when it came to that.
  bool start_in_vain(std::uint64_t changes);
  // The disk works again: what is not acknowledged is sent again, then everything once more.
  void finish();

  bool violated(const std::string& kind) const;
  const std::vector<std::string>& violations() const { return violations_; }
  std::string report() const;
  std::size_t most_files() const { return most_files_; }

 private:
  struct Name {
    std::uint64_t run;
    std::uint64_t seq;
    auto operator<=>(const Name&) const = default;
  };

  bool start();
  void stop();
  bool dead() const { return spool_ == nullptr || spool_->failed() || disk_.stopped(); }
  void send(std::uint64_t run, std::uint64_t seq) { send_all({{run, seq}}); }
  void send_all(const std::vector<Name>& names);  // so that they wait together
  void rest() { clock_.advance(Seconds(61)); }
  void checkpoint();
  void look_at_files();
  void check_log();
  void violation(const std::string& kind, const std::string& what);
  void settled(std::uint64_t token, const BatchId& id, Settled how) override;

  SimulatedDisk& disk_;
  FileSystem& fs_;
  FakeClock clock_;
  Metrics metrics_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Intake> intake_;

  std::set<Name> sent_;
  std::set<Name> acked_;
  std::set<Name> expired_;  // nobody sends them again
  std::vector<std::string> violations_;
  std::size_t most_files_ = 0;

  std::mutex mu_;
  std::condition_variable changed_;
  std::uint64_t settled_ = 0;  // guarded by mu_: submissions of this life
};

}  // namespace ox
