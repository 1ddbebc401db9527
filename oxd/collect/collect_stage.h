#pragma once
// The collect socket: BlueOx v3 messages, [meta][body], from anyone who connects. Nobody is
// answered.
//
//   PULL --> checked --> Sealer --> Intake --settled--> Sealer
//
// Back-pressure: when the intake blocks, the socket is not read, ZeroMQ's queues fill, and the
// senders wait or drop, as their BlueOx client says. Threading: a thread of its own from start() to
// stop().
#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/socket.h"
#include "common/spool/intake.h"
#include "proto/sealer.h"

namespace ox {

struct CollectOptions {
  std::size_t max_event_bytes = 4 << 20;
  SealerOptions sealing;
};

class CollectStage : private BatchGiver {
 public:
  // References must outlive the stage.
  CollectStage(zmq::context_t& context, Intake& intake, Metrics& metrics, const Clock& clock,
               const CollectOptions& options);
  ~CollectStage() override;

  // Before start(). Port 0 picks a free one: see port(). Errors: as Socket::bind().
  Status bind(const Address& address) { return socket_.bind(address.endpoint()); }
  std::uint16_t port() const { return socket_.last_port(); }

  void start();
  // Asks it to read what has arrived, seal it, hand it over, and end; finished() tells when it has.
  // A full spool may hold it up: stopping the intake lets it go on.
  void begin_stop() { loop_.stop(); }
  bool finished() const { return finished_.load(); }
  // begin_stop(), and waits for the end.
  void stop();
  // Seals what is at hand; `done`, on the stage's thread, when it was handed over. Thread-safe.
  void flush(std::function<void()> done);

 private:
  void settled(std::uint64_t token, const BatchId& id, Settled how) override;
  // True when there may be more to read.
  bool read_some();
  void read_arrived();
  void take(std::vector<zmq::message_t>& frames);
  void reject(Counter& counter, const char* reason, std::string_view detail);
  void hand_over(BatchPtr batch);
  void arm_deadline();

  Intake& intake_;
  const CollectOptions options_;
  Counter& events_;
  Counter& bytes_;
  Counter& wrong_frames_;
  Counter& wrong_length_;
  Counter& wrong_version_;
  Counter& wrong_type_;
  Counter& too_large_;
  Counter& lost_at_stop_;
  LogLimiter limiter_;

  EventLoop loop_;
  Socket socket_;
  Sealer sealer_;
  EventLoop::Id watch_ = 0;
  EventLoop::Id deadline_ = 0;
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace ox
