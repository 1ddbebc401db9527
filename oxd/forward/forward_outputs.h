#pragma once
// The forward outputs of a node, as --forward-mode says:
//
//   failover  one output with a list of targets: each batch goes to one of them
//   copy      an output for each target: each batch goes to all of them; those that are optional
//             miss what there is no room to keep for them
//   shard     an output for each target: each event goes to one of them, by its type
//
// Each output has a cursor of its own, so that a dead target never delays another.
// Threading: between start() and stop() thread-safe.
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "oxd/forward/forward_stage.h"
#include "oxd/forward/sent_marks.h"
#include "oxd/forward/shard_map.h"
#include "oxd/forward_mode.h"

namespace ox {

class ForwardOutputs {
 public:
  // As ForwardStage. `fs` is for what lies beside the spool.
  ForwardOutputs(zmq::context_t& context, FileSystem& fs, const NodeIdentity& self, Spool& spool,
                 DeadLetters* dead_letters, Metrics& metrics, ForwardMode mode, InDoubt in_doubt);

  // Before start(); `spool_path` is "" for one in memory. Errors: kIo, kCorrupt.
  Status open(const std::vector<Target>& targets, const std::string& spool_path);

  // As of ForwardStage. Before start(); set_targets() gives it to new outputs as well.
  void set_upstream(ForwardStage::Upstream upstream);

  void start();
  void stop(Micros linger);

  std::vector<ForwardFigures> status();
  std::vector<Target> targets();
  // Makes these the targets. In failover, what a target that goes has not acknowledged goes to
  // those that stay. In copy, a target that comes gets what is taken from now on, and what one that
  // goes has not acknowledged stays in the spool under its cursor's name. Errors: kUnsupported in
  // shard, where it needs a restart; kInvalid for an optional target where none may be.
  Status set_targets(const std::vector<Target>& targets);

  // Somebody gave up what waited for a cursor without an output. Errors: as open().
  Status discarded(const std::string& cursor);

  std::vector<Uuid> downstream() const;
  // Everything before this position has reached every target; the largest position without outputs.
  Position released() const;
  bool active() const;
  // There are targets that have to get everything, and all of them acknowledge what they get; or
  // there are none at all.
  bool acknowledged() const { return acknowledged_; }

 private:
  std::unique_ptr<ForwardStage> make_stage(const std::vector<Target>& targets,
                                           const std::string& cursor_name,
                                           std::optional<Position> start = std::nullopt);
  Status open_shards(const std::vector<Target>& targets);
  Result<ShardMap> shard_map(const std::vector<std::string>& names);

  zmq::context_t& context_;
  FileSystem& fs_;
  const NodeIdentity self_;
  Spool& spool_;
  DeadLetters* dead_letters_;
  Metrics& metrics_;
  const ForwardMode mode_;
  const InDoubt in_doubt_;
  std::string spool_path_;
  std::unique_ptr<SentMarks> sent_marks_;  // constant after open()
  ForwardStage::Upstream upstream_;
  bool started_ = false;
  std::atomic<bool> acknowledged_{true};

  mutable std::mutex mu_;
  std::vector<std::unique_ptr<ForwardStage>> stages_;  // guarded by mu_
};

}  // namespace ox
