#pragma once
// A ZeroMQ socket whose errors are Statuses, with the limits that every socket of oxd sets.
// Threading: like any ZeroMQ socket, it stays on one thread (setup may precede that thread's
// start).
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

struct SocketOptions {
  std::int64_t max_message_bytes = 64 << 20;  // a peer that sends more is disconnected
  int send_hwm = 1000;
  int receive_hwm = 1000;
  Millis linger{0};
  bool immediate = false;         // queue only to completed connections
  bool router_mandatory = false;  // ROUTER: an unknown peer is an error, not silence
  bool ipv6 = false;
  // Of the context's, from 0: which one serves the connections; the last if it has fewer.
  int io_thread = 0;
};

enum class SendResult { kSent, kWouldBlock, kUnreachable };

class Socket {
 public:
  Socket(zmq::context_t& context, zmq::socket_type type, const SocketOptions& options = {});
  Socket(Socket&&) = default;
  Socket& operator=(Socket&&) = default;

  // Error: kIo with the endpoint and the system's reason; kExists when the address is in use.
  Status bind(const std::string& endpoint);
  Status connect(const std::string& endpoint);
  // The endpoint of the last bind, wildcards resolved: "tcp://127.0.0.1:35123". It outlasts
  // close(), and other threads may read it once the socket is bound.
  const std::string& last_endpoint() const { return last_endpoint_; }
  // The port in last_endpoint(); 0 when it has none.
  std::uint16_t last_port() const;

  Status subscribe(std::string_view prefix);
  Status unsubscribe(std::string_view prefix);

  // Takes one whole message, without waiting. False when there is none. `frames` is reused.
  bool receive(std::vector<zmq::message_t>& frames);
  // Sends one message of these frames, all or nothing, without waiting. On kSent the frames are
  // moved from; otherwise they are untouched.
  SendResult send(std::vector<zmq::message_t>& frames);
  // Copies the parts and sends them.
  SendResult send_copy(const std::vector<std::string_view>& parts);

  void* handle() { return socket_.handle(); }
  zmq::socket_t& raw() { return socket_; }
  bool open() const { return static_cast<bool>(socket_); }
  void close() { socket_.close(); }

 private:
  zmq::socket_t socket_;
  std::string last_endpoint_;
};

inline std::string_view view(const zmq::message_t& message) {
  return {static_cast<const char*>(message.data()), message.size()};
}

// What keeps a message's bytes for long, which are then at `bytes`: the message itself, or a copy when it is small.
// libzmq gives small messages out of a buffer of 8 KiB, which stays in memory as long as any of them does.
// tests/bench/clients.py, "KiB/client".
std::shared_ptr<const void> keep_message(zmq::message_t message, std::string_view& bytes);

// A message that borrows `bytes` and keeps `owner` alive until ZeroMQ is done with it.
zmq::message_t borrowing_message(std::shared_ptr<const void> owner, std::string_view bytes);

}  // namespace ox
