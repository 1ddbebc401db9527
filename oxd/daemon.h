#pragma once
// One running oxd: the stages, in the order in which events pass them, and what joins them.
//
//   collect, link --> intake --> spool --> write   --> files, tail
//                        |           `---> forward --> other nodes
//                        `--> statistics, stream (and tail, on a node without files)
//
// Threading: open() and run() on the main thread, where control and signals are served as well.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/base/signals.h"
#include "common/link/node_identity.h"
#include "common/spool/dead_letters.h"
#include "common/spool/intake.h"
#include "common/spool/spool.h"
#include "oxd/checkpoints.h"
#include "oxd/collect/collect_stage.h"
#include "oxd/control/control_stage.h"
#include "oxd/control/node_control.h"
#include "oxd/control/record_leases.h"
#include "oxd/flushes.h"
#include "oxd/forward/forward_outputs.h"
#include "oxd/forward/saved_targets.h"
#include "oxd/link/link_stage.h"
#include "oxd/options.h"
#include "oxd/statistics.h"
#include "oxd/stream/stream_stage.h"
#include "oxd/write/cutoff_maker.h"
#include "oxd/write/log_keeper.h"
#include "oxd/write/log_path_claim.h"
#include "oxd/write/write_stage.h"

namespace ox {

class Daemon : private NodeControl, private BatchObserver {
 public:
  // `reload` gives the options as they are now (SIGHUP); nothing when they are wrong, which it has
  // said.
  using Reload = std::function<std::optional<DaemonOptions>()>;

  // Make `signals` (SIGTERM, SIGINT, SIGHUP) before anything starts a thread.
  Daemon(const DaemonOptions& options, Signals& signals, Reload reload);
  ~Daemon() override;

  // Takes locks, recovers the spool, binds every socket. Error: one line that says what is wrong
  // with the configuration or the machine.
  Status open();
  // Serves until it is told to stop, hands on what it can, and says what is left.
  void run();

 private:
  // Of outputs that the spool keeps events for, and that are no more.
  static constexpr const char* kAboutRemoved =
      "it gets them when it is an output again; 'oxctl forward discard' gives them up";

  // NodeControl
  NodeStatus status() override;
  const NodeIdentity& identity() const override { return identity_; }
  std::uint16_t port(const std::string& socket) const override;
  Status shutdown() override;
  void flush(std::function<void(Status)> done) override;
  std::vector<OutputStatus> forward_targets() override;
  Status change_targets(const std::string& op, const std::vector<std::string>& names) override;
  Result<RecordIdReply> record_ids(const RecordIdRequest& request) override;
  void cut_off(const CutoffRequest& request, std::function<void(const CutoffReply&)> done) override;
  // BatchObserver, on the intake's thread
  void accepted(const SpoolRecord& record) override;
  void gave_up(const Batch& batch) override;

  Status open_spool();
  Status load_identity_and_targets();
  Status open_stages();
  void open_keeper();
  Status record_outputs();
  Status bind_sockets();
  Status bind_collect_and_link();
  std::vector<std::pair<std::string, std::string>> ports() const;
  // `configured`: the targets that the configuration names.
  Status set_targets(const std::vector<Target>& configured, const std::vector<Target>& targets);
  Status discard(const std::vector<std::string>& names);
  void on_signals();
  void reload();
  bool drained() const;
  void stop_inputs();
  void drain();
  void report_left();

  DaemonOptions options_;
  Signals& signals_;
  const Reload reload_;
  const Clock& clock_;
  const MonoTime started_mono_;
  const WallTime started_;

  zmq::context_t context_;
  Metrics metrics_;
  Statistics statistics_;
  RecordLeases record_leases_{FileSystem::real(), clock_, metrics_};
  NodeIdentity identity_;
  EventLoop loop_;

  // In the order in which they are made; they go in the opposite one.
  std::unique_ptr<FileLock> state_lock_;
  FileCloser closer_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<LogPathClaim> log_path_claim_;
  std::unique_ptr<SavedTargets> saved_targets_;
  std::unique_ptr<DeadLetters> dead_letters_;
  std::unique_ptr<StreamStage> stream_;
  std::unique_ptr<ForwardOutputs> forward_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::unique_ptr<WriteStage> write_;
  std::unique_ptr<CutoffMaker> cutoff_maker_;  // works on the keeper's thread
  std::unique_ptr<LogKeeper> keeper_;
  std::unique_ptr<LinkStage> link_;
  std::unique_ptr<CollectStage> collect_;
  std::unique_ptr<Flushes> flushes_;
  std::unique_ptr<ControlStage> control_;
};

}  // namespace ox
