#pragma once
// The forward output: one cursor over the spool, and a list of targets of which one owns the
// batches at a time (failover). A batch goes to one owner; it is handed to another only when its
// owner has been away for a while, and what the old owner may have all the same is counted as maybe
// duplicated. An owner that is still there is drained before another takes over. Threading: a
// thread of its own from start() to stop(). What is declared thread-safe may be called from others
// in between.
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/spool/dead_letters.h"
#include "common/spool/spool.h"
#include "oxd/forward/failover.h"
#include "oxd/forward/forwarder.h"
#include "oxd/forward_mode.h"

namespace ox {

struct ForwardOptions {
  std::vector<Target> targets;  // in order of preference; may be empty
  std::string cursor_name = "forward";
  // Where a cursor that the spool does not know begins. Without it: at the end; but when there is
  // no checkpoint, and nobody knows which outputs there were, at the oldest record.
  std::optional<Position> start;
  InDoubt in_doubt = InDoubt::kMove;
  bool optional = false;               // see Cursor::set_optional()
  Micros patience = Seconds(2);        // a target away for less is waited for
  Micros drain_patience = Seconds(5);  // for the acknowledgements of an owner that is to be left
};

// What STATUS says of one target.
struct ForwardFigures {
  Target target;
  std::string state;  // a ForwarderState's, or "standby": connected, and not the owner
  std::string reason;
  bool owner = false;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t acked_events = 0;
  std::uint64_t maybe_duplicated = 0;  // events it was given that another may have as well
  std::uint64_t skipped_events = 0;    // by the output, as it is optional; some may have arrived
  std::string ack_meaning;
  std::string peer_name;
  Uuid peer_id;
  // What waits is the list's; it is shown with the target that will get it.
  std::uint64_t pending_events = 0;
  std::uint64_t pending_bytes = 0;
  std::optional<WallTime> oldest_pending;
};

class ForwardStage : private ForwarderOwner {
 public:
  // References must outlive the stage.
  // `dead_letters` may be null: then a batch that its target refuses is held, and so is one that
  // was in doubt for too long.
  ForwardStage(zmq::context_t& context, const NodeIdentity& self, Spool& spool,
               SentMarks& sent_marks, DeadLetters* dead_letters, Metrics& metrics,
               const ForwardOptions& options);
  ~ForwardStage() override;

  // What of a record's batch goes to the targets, as batches of their own. Before start().
  using Split = std::function<std::vector<BatchPtr>(const SpoolRecord& record)>;
  void set_split(Split split) { split_ = std::move(split); }

  // Asked, on our thread, when a target refuses a batch for what it is and there are no dead
  // letters: true when the one before this node keeps it and is told. Before start().
  using Upstream = std::function<bool(const BatchId&, RejectReason, const std::string& detail)>;
  void set_upstream(Upstream upstream) { upstream_ = std::move(upstream); }

  void start();
  // Ends the connections; `linger` is for targets that acknowledge nothing.
  void stop(Micros linger);

  // Thread-safe, and return when it is done.
  std::vector<ForwardFigures> status();
  // Makes this the list of targets. What a target that goes has not acknowledged goes to those that
  // stay; without any, it waits in the spool.
  void set_targets(const std::vector<Target>& targets);
  std::vector<Target> targets();
  // Thread-safe.
  void set_optional(bool optional);
  bool optional() const { return optional_; }

  // Thread-safe. Nodes that batches forwarded from here come to, as far as they are known.
  std::vector<Uuid> downstream() const;
  // Thread-safe. Everything before this position has reached its target, or there is no forward
  // output.
  Position released() const;
  bool active() const;
  const std::string& cursor_name() const { return options_.cursor_name; }

 private:
  struct Entry {
    std::unique_ptr<Forwarder> forwarder;
    bool leaving = false;  // not in the list any more, but still being drained
    std::uint64_t acked_events = 0;
    std::uint64_t maybe_duplicated = 0;
  };
  struct Item {
    BatchPtr batch;
    RecordPlace place;
    // When it and all before it are done; 0: not the last part of its record.
    Position release_to = 0;
  };

  // ForwarderOwner
  void released(Forwarder& forwarder, std::size_t count) override;
  void changed(Forwarder& forwarder) override;
  bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) override;
  bool in_doubt_too_long(const BatchPtr& batch) override;

  bool keep_dead_letter(const Batch& batch, std::string_view reason, const std::string& what);
  bool skip_or_hold(const Batch& batch, const std::string& what);
  void apply_targets(const std::vector<Target>& targets);
  void tick();
  void open_cursor(bool at_start);
  void close_cursor_when_idle();
  Entry* entry_of(const Forwarder& forwarder);
  void choose_owner();
  // True when nothing is left in the owner's hands.
  bool drain_owner();
  void change_owner(Entry* next);
  void remove_left();
  void pump();
  void update_downstream();
  bool next_items();
  void note_skipped();
  void count_skipped(std::uint64_t events);

  zmq::context_t& context_;
  const NodeIdentity self_;
  Spool& spool_;
  SentMarks& sent_marks_;
  DeadLetters* dead_letters_;
  Metrics& metrics_;
  const ForwardOptions options_;
  Counter& acked_events_;
  Counter& maybe_duplicated_;
  Counter& skipped_events_;
  std::atomic<bool> optional_;
  LogLimiter limiter_;

  Split split_;
  Upstream upstream_;

  EventLoop loop_;
  std::thread thread_;
  EventLoop::Id timer_ = 0;
  std::atomic<bool> pump_posted_{false};

  std::vector<std::unique_ptr<Entry>> entries_;  // in order of preference; those leaving at the end
  Entry* owner_ = nullptr;
  std::optional<MonoTime> drain_since_;  // the owner gets nothing more, and is waited for
  std::deque<Item> items_;               // read from the cursor and not released
  std::size_t given_ = 0;                // the first of items_ are in the owner's hands
  std::uint64_t in_doubt_ = 0;           // events taken back that a former owner may have
  std::uint64_t skipped_ = 0;            // events
  std::uint64_t passed_over_ = 0;        // of these, by the cursor there is

  mutable std::mutex mu_;
  std::unique_ptr<Cursor> cursor_;  // the pointer guarded by mu_; used on our thread
  std::vector<Uuid> downstream_;    // guarded by mu_
};

}  // namespace ox
