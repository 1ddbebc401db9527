#pragma once
// The library's way to oxd: a bounded queue, and a thread that owns the connection.
//
//   submit() --EventQueue--> pending_ --add()--> transport ... settled_events() --> sent
//
// When the transport throws (there are no descriptors left, say), the events it held are lost and
// counted, and another one is made after a while.
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <oxd/configure.h>
#include <oxd/sink.h>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/status.h"
#include "common/client/client_targets.h"
#include "common/client/client_transport.h"
#include "common/client/event_queue.h"

namespace ox {

struct NetworkSinkParts {
  // Called on the sink's thread; may throw.
  std::function<std::unique_ptr<ClientTransport>(EventLoop&, ClientTransportOwner&)> transport;
  // Thread-safe.
  bool (*can_carry)(const ClientEvent&) = nullptr;
  std::size_t queue_events = 0;
  std::size_t queue_bytes = 0;
  Micros retry_after = Seconds(1);  // a transport that threw
};

class NetworkSink : public ClientSink, private ClientTransportOwner {
 public:
  // `targets` is not off(). Errors: kUnavailable, there are no descriptors or threads left;
  // kInvalid, `host` is too long for this transport.
  static Result<std::unique_ptr<ClientSink>> open(const ClientTargets& targets,
                                                  const std::string& host,
                                                  const ClientOptions& options);
  static Result<std::unique_ptr<ClientSink>> open(NetworkSinkParts parts);
  ~NetworkSink() override;

  SubmitResult submit(ClientEvent event) override;
  SinkStats stats() const override;
  void shutdown(std::chrono::milliseconds linger) override;

 private:
  explicit NetworkSink(NetworkSinkParts parts);
  void run();
  void begin();
  void drain();
  void settle();
  void fail(const std::string& why);
  void finish();
  void finish_when_empty();
  void end();
  void room() override { drain(); }
  void progressed() override;

  const NetworkSinkParts parts_;
  EventQueue queue_;
  EventLoop loop_;
  std::thread thread_;
  std::atomic<bool> ending_{false};  // shutdown() was called; finish_by_ is set
  MonoTime finish_by_{};

  // Owned by thread_.
  std::unique_ptr<ClientTransport> transport_;
  std::deque<ClientEvent> pending_;   // taken from the queue, not added to the transport
  std::deque<std::uint64_t> handed_;  // bytes of each event that the transport has not settled
  std::uint64_t settled_ = 0;         // events of this transport
  std::uint64_t refused_ = 0;         // of these
  bool finishing_ = false;
  bool finished_ = false;

  mutable std::mutex mu_;
  SinkStats figures_;  // guarded by mu_; without what the queue knows
};

}  // namespace ox
