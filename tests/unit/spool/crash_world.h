#pragma once
// A node with a spool on a disk that crashes, and the world around it, which does not: a client
// that sends batches and sends again what was not acknowledged, a file on that disk which an output
// writes, and a peer to which another output forwards. The world knows what it was promised;
// violations() says which promises were broken:
//
//   lost     an acknowledged batch is not in the file, or never reached the peer
//   twice    a batch is in the file more than once
//   altered  bytes in the file, or at the peer, that nobody sent
//   order    acknowledged batches are in the file in another order than they were taken in
//   file     the checkpoint knows of more of the file than there is
//   start    the spool does not open
//   stuck    the node neither takes batches nor fails
//
// Threading: one thread; the intake has its own.
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/spool/intake.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {

// Mistakes that the daemon around a spool could make.
struct Mistakes {
  bool forgets_dedup = false;           // checkpoints hold no dedup sets
  bool checkpoint_before_data = false;  // the file is not synced before a checkpoint counts it
};

class CrashWorld final : BatchGiver, BatchObserver {
 public:
  // `fs` is the disk as the node sees it; both must outlive the world.
  CrashWorld(SimulatedDisk& disk, FileSystem& fs, const Mistakes& mistakes = {});
  ~CrashWorld() override;

  // Everything a spool does, from its first start on: appends alone and in groups, segments that
  // fill up, commits, deliveries, checkpoints, reclaimed space, copies of known batches, a
  // discarded output, a clean restart, and a power failure in which the disk keeps `middle`. The
  // disk stops in front of its change number `stop_at`; true when it came to that.
  bool run(SimulatedDisk::Keep middle, std::uint64_t stop_at = SimulatedDisk::kForever);
  // The machine stops now, and its disk keeps so much.
  void crash(SimulatedDisk::Keep keep);
  // The disk works again, but stops in front of change number `changes` from now on, during the
  // start or a little later; the node is tried. True when it came to that.
  bool start_in_vain(std::uint64_t changes);
  // The disk works again: the node starts, and everybody gets done what he has to do.
  void finish();

  const std::vector<std::string>& violations() const { return violations_; }
  bool violated(const std::string& kind) const;
  std::uint64_t checkpoints() const { return checkpoints_; }  // that the world asked for
  std::string report() const;

 private:
  using Batches = std::vector<std::uint64_t>;

  // The node.
  bool start();
  void stop();
  bool dead() const { return spool_ == nullptr || spool_->failed() || disk_.stopped(); }
  bool open_file();
  void deliver();  // what is committed goes into the file
  void forward(int most);
  void checkpoint();  // the file is synced, a checkpoint counts it, its records are released
  void add_cursors();

  // The client.
  void send(std::uint64_t first, std::uint64_t last);        // one after the other
  void send_group(std::uint64_t first, std::uint64_t last);  // so that they wait together
  void send_again(const Batches& seqs);
  void submit(std::uint64_t seq);
  bool wait_until(const std::function<bool()>& done);  // false when the node died first
  static BatchPtr batch(std::uint64_t seq);

  // Called on the intake's thread.
  void settled(std::uint64_t token, const BatchId& id, Settled how) override;
  void accepted(const SpoolRecord& record) override;

  void check_file();
  void check_order(const Batches& in_file);
  void violation(const std::string& kind, const std::string& what);

  SimulatedDisk& disk_;
  FileSystem& fs_;
  const Mistakes mistakes_;
  FakeClock clock_;
  Metrics metrics_;
  SpoolOptions options_;

  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Cursor> to_file_;
  std::unique_ptr<Cursor> to_peer_;
  std::unique_ptr<File> file_;
  std::uint64_t file_size_ = 0;
  Position file_position_ = 0;

  std::set<std::uint64_t> sent_;
  std::set<std::uint64_t> at_peer_;
  std::vector<std::string> violations_;
  std::uint64_t checkpoints_ = 0;
  std::string why_not_started_;

  std::mutex mu_;
  std::condition_variable changed_;
  std::set<std::uint64_t> acked_;           // guarded by mu_, like all below
  std::multiset<std::uint64_t> unsettled_;  // submitted in this life
  std::set<std::uint64_t> taken_;           // in this life
  Batches order_;                           // of acknowledged batches, each when it was first taken
  bool hold_ = false;                       // the intake waits in accepted()
  bool held_ = false;
};

}  // namespace ox
