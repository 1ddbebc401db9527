#pragma once
// A whole node that collects, writes files and forwards, made of the product's own parts, on a disk
// that fails; and a client that keeps what was not acknowledged. It is started again whenever it
// stops, as a service manager does. The world knows what was promised; violations() says what was
// broken:
//
//   lost     an acknowledged event is not in the log files, or never reached the peer
//   twice    an event is in the log files more than once
//   altered  bytes in the files, or at the peer, that nobody sent
//   start    the node does not start on a disk that works
//   stuck    it neither goes on nor says that it has failed
//   silent   its spool has failed, and it does not say why
//
// Threading: one thread; intake and writer have their own.
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/spool/intake.h"
#include "oxd/checkpoints.h"
#include "oxd/tail_feed.h"
#include "oxd/write/log_path_claim.h"
#include "oxd/write/write_stage.h"
#include "tests/support/simulated_disk.h"

namespace ox {

class SweepWorld final : BatchGiver, TailFeed {
 public:
  using Keep = SimulatedDisk::Keep;

  // `spool` is its directory; the log files lie in /logs.
  explicit SweepWorld(SimulatedDisk& disk, std::string spool = "/spool");
  ~SweepWorld() override;

  // All that a node's disk sees: first start, appends alone and in groups, segments that fill up,
  // commits, log files of several types, checkpoints, a new day, a clean restart, a crash and the
  // recovery from it. A node that fails in between is started again; the disk keeps `keep` then, and
  // in the crash. The disk stops in front of its change number `stop_at`; true when it came to that.
  bool run(Keep keep, std::uint64_t stop_at = SimulatedDisk::kForever);
  // The disk works again, but stops in front of change number `changes` from now on, while the node
  // starts or a little later. True when it came to that.
  bool start_in_vain(std::uint64_t changes);
  // The machine stops now.
  void crash(Keep keep);
  // On a disk that works: everything is acknowledged and written, fresh events are, copies are not.
  // Then what was promised is looked at, and once more after a crash and a start.
  void finish(Keep at_the_end = Keep::kNothing);

  const std::vector<std::string>& violations() const { return violations_; }
  std::string report() const;
  std::uint64_t restarts() const { return restarts_; }  // that a fault made necessary

 private:
  using Seqs = std::vector<std::uint64_t>;

  // The node.
  Status start();
  Status open_stages();
  void stop();
  bool dead() const;
  bool be_alive();  // starts it again if need be; false when it does not start
  void checkpoint();

  // The world around it.
  void send(std::uint64_t first, std::uint64_t last, bool together = false);
  void submit(std::uint64_t seq);
  void send_unacknowledged();
  void write_all();  // until the files have everything
  void flush();
  void forward();
  bool wait_until(const std::function<bool()>& done);  // false when the node died first
  static BatchPtr batch(std::uint64_t seq);

  void settled(std::uint64_t token, const BatchId& id, Settled how) override;
  bool tail_wanted() const override { return false; }
  void publish_tail(const BatchPtr&, std::shared_ptr<const TailPlaces>) override {}

  void check_files();
  void violation(const std::string& kind, const std::string& what);

  SimulatedDisk& disk_;
  const std::string spool_path_;
  FakeClock clock_;
  Keep keep_ = Keep::kNothing;
  std::uint64_t restarts_ = 0;
  std::vector<std::string> violations_;

  // In the order in which the daemon makes them.
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<LogPathClaim> claim_;
  std::unique_ptr<Cursor> to_peer_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::unique_ptr<WriteStage> write_;

  std::set<std::uint64_t> sent_;
  std::set<std::uint64_t> at_peer_;
  std::map<std::string, std::string> event_of_;  // body -> "seq.i"

  std::mutex mu_;
  std::condition_variable changed_;
  std::set<std::uint64_t> acked_;           // guarded by mu_, like all below
  std::multiset<std::uint64_t> unsettled_;  // submitted to the node as it runs now
};

}  // namespace ox
