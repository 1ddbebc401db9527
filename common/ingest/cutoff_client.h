#pragma once
// Tells the collector which events are gone (proto/README.md, "Control", CUT_OFF): what clients
// delete, and day by day what retention ends.
// Metrics:   cutoffs.asked, .failed (not answered, or refused)
// Threading: ask() from any thread; one thread of its own, from start() to stop(), talks to the
//            collector and answers.
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/ingest/retention.h"
#include "common/link/control_client.h"
#include "proto/cutoff.h"

namespace ox {

// The collector reads and counts meanwhile. Afterwards it may still be done.
inline constexpr Millis kCutoffTimeout = Seconds(60);

class CutoffClient {
 public:
  using Done = std::function<void(const Result<CutoffReply>&)>;

  // `authority`: the control address of the collector (parse_control_address()). References must
  // outlive it.
  CutoffClient(zmq::context_t& context, const Address& authority,
               std::vector<RetentionRule> retention, Metrics& metrics, const Clock& clock);
  ~CutoffClient();  // stop()

  // Applies the retention at once, and then at each midnight of the local zone.
  void start();
  // Whether the retention was applied, or refused, once; waits for that, at most `timeout`. Old
  // events that come before may be taken for stored ones, and end with them.
  bool wait_applied(Millis timeout);
  // Requests that are under way are answered kUnavailable.
  void stop();

  // `done` is called once, on our thread, or on the caller's when there is none any more. Errors:
  // kUnavailable (nobody answered in time), kCorrupt. A reply may be a refusal: see its `error`.
  void ask(const CutoffRequest& request, Done done);

  const Address& authority() const { return authority_; }

 private:
  struct Asked {
    Done done;
    ControlExchange exchange;
    EventLoop::Id watch = 0;
    EventLoop::Id deadline = 0;
  };
  struct Kept {
    RetentionRule rule;
    RetentionSchedule schedule;
    std::string problem;  // the last one, "" when all is well: each is logged once
    bool answered = false;
  };

  // All of these on the thread.
  void send(const CutoffRequest& request, Done done);
  void settle(std::list<Asked>::iterator asked, const Result<CutoffReply>& reply);
  void look();
  void apply(Kept& kept);
  void applied(Kept& kept, const Result<CutoffReply>& reply);

  // Constant after construction.
  zmq::context_t& context_;
  const Address authority_;
  const Clock& clock_;
  Counter& asked_count_;
  Counter& failed_;

  // Of the thread.
  EventLoop loop_;
  std::list<Asked> asked_;
  std::vector<Kept> retention_;

  std::mutex mu_;
  std::condition_variable changed_;
  bool running_ = false;        // guarded by mu_
  std::size_t unanswered_ = 0;  // guarded by mu_; rules of the retention
  std::thread thread_;
};

}  // namespace ox
