#pragma once
// The control socket: one MessagePack map each way, BlueOx's requests and ours
// (proto/README.md, "Control"). It answers whatever it is sent, once.
// Threading: the thread of `loop`.
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/socket.h"
#include "oxd/control/node_control.h"
#include "proto/control.h"

namespace ox {

class ControlStage {
 public:
  // References must outlive the stage.
  ControlStage(zmq::context_t& context, EventLoop& loop, NodeControl& node, Metrics& metrics,
               const Clock& clock);
  ~ControlStage();

  // Errors: as Socket::bind().
  Status bind(const Address& address) { return socket_.bind(address.endpoint()); }
  std::uint16_t port() const { return socket_.last_port(); }
  void start();
  // What was answered still leaves.
  void stop();

 private:
  void on_socket();
  void handle(std::vector<zmq::message_t>& frames);
  // The reply, or nothing when it comes later to `envelope`.
  std::optional<std::string> answer(const ControlRequest& request,
                                    const std::vector<std::string>& envelope);
  std::string forward(const msgpack::object& request);
  std::string record_ids(const msgpack::object& request);
  std::optional<std::string> cut_off(const msgpack::object& request,
                                     const std::vector<std::string>& envelope);
  std::string log_level_request(const msgpack::object& request);
  void reply(const std::vector<std::string>& envelope, const std::string& body);

  EventLoop& loop_;
  NodeControl& node_;
  Counter& requests_;
  Counter& malformed_;
  Counter& unknown_;
  LogLimiter limiter_;
  Socket socket_;
  EventLoop::Id watch_ = 0;
};

}  // namespace ox
