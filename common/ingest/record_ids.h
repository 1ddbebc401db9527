#pragma once
// Record ids for the events of one process: 53 bits, increasing, unique among all processes that
// ask the same collector (proto/README.md, "Record ids"). It leases them over the collector's
// control port and renews the lease halfway, about every five minutes; a collector that does not
// answer for some minutes goes unnoticed.
// Metrics:   record_ids.leases, .failures (requests that were not answered, or refused),
//            .unavailable (take() without an id), .went_back (the collector's clock was put back)
// Threading: take() and the other questions are thread-safe and never wait for the network; one
//            thread of its own, from start() to stop(), talks to the collector.
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/ingest/record_id_cursor.h"
#include "common/link/control_client.h"
#include "proto/record_id.h"

namespace ox {

// What is asked for at first: 16,000 ids a second at the clock's pace. It adapts to what is taken.
inline constexpr std::uint32_t kUsualLeaseLanes = 4;

class RecordIds {
 public:
  // `authority`: the control address of the collector (parse_control_address()). `lanes`: a power
  // of two up to kMaxLeaseLanes. References must outlive it.
  RecordIds(zmq::context_t& context, const Address& authority, Metrics& metrics,
            std::uint32_t lanes = kUsualLeaseLanes);
  ~RecordIds();  // stop()

  void start();
  // Nothing is taken any more; the rest of the lease goes back when the collector answers within a
  // second. A process that is killed instead wastes what it had leased, and nothing more.
  void stop();

  // The first of `n` ids that are consecutive numbers, all larger than any before.
  // Errors: kUnavailable when there are none at the moment, with the reason: to be answered with
  // 503; kInvalid unless 1 <= n <= kRecordBlock (1024).
  Result<std::uint64_t> take(std::uint32_t n = 1);

  // Whether this process was leased the first ids of all that its collector ever gave out: then nobody
  // else had any before. False until it has a lease.
  bool first_of_all() const;

  // Whether take() has ids. Waits for the first ones, at most `timeout`.
  bool wait_ready(Millis timeout);
  // Why the collector gives none, or did not at the last attempt; "" when all is well. take() may
  // succeed all the same.
  std::string problem() const;

 private:
  // All of these on the thread.
  void check();
  void send(const RecordIdRequest& request);
  void on_readable();
  void answered(const Result<ControlReply>& reply);
  void granted(const RecordIdReply& reply);
  void failed(const std::string& why);
  void end_exchange();
  void begin_stop();

  // Constant after construction.
  zmq::context_t& context_;
  const Address authority_;
  const Clock& clock_;
  Counter& leases_;
  Counter& failures_;
  Counter& unavailable_;
  Counter& went_back_;

  // Of the thread.
  EventLoop loop_;
  std::optional<ControlExchange> exchange_;
  EventLoop::Id watch_ = 0;
  EventLoop::Id deadline_ = 0;
  bool asks_for_lease_ = false;  // the request that is under way
  std::vector<RecordIdRequest> releases_;
  Micros retry_after_{};
  bool failing_ = false;  // the last request for a lease failed, and was logged
  bool stopping_ = false;

  std::thread thread_;

  mutable std::mutex mu_;
  std::condition_variable ready_;
  // Guarded by mu_:
  RecordIdCursor cursor_;
  bool ended_ = false;
  bool poked_ = false;     // the thread looks, or has a request under way
  MonoTime not_before_{};  // of the next request
  std::string problem_;
  bool first_of_all_ = false;
};

}  // namespace ox
