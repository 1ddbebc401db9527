#pragma once
// The asking side of the control socket: one request, one reply (proto/README.md, "Control"; the
// address rules are BlueOx's). An old BlueOx oxd is asked the same way.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <msgpack.hpp>
#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/socket.h"
#include "common/base/status.h"
#include "proto/event_view.h"

namespace ox {

// How long BlueOx's tools wait for an answer, and ours.
inline constexpr Millis kControlTimeout{5000};
// A STATUS of 10,000 types and as many hosts takes a few MiB; a peer that sends more is cut off.
inline constexpr std::int64_t kMaxControlReplyBytes = 64 << 20;

// "HOST[:PORT]" with port 3513 as default, "[::1]:3513", "ipc://PATH". Where oxd listens on every
// interface ("*"), the client asks on loopback. Errors: kInvalid, also for "off" and port 0.
Result<Address> parse_control_address(std::string_view text);
// From the environment variable BLUEOX_CLIENT_HOST when it is set and not empty, else
// 127.0.0.1:3513. Error: kInvalid, naming the variable.
Result<Address> default_control_address();

// A decoded reply, with its bytes.
class ControlReply {
 public:
  // Error: kCorrupt for what is no MessagePack map.
  static Result<ControlReply> decode(std::string_view bytes);

  // Strings in it point into this object, wherever it is moved.
  const msgpack::object& map() const { return decoded_.root(); }
  // Why the peer refused, when it did: raw bytes from the network, to be escaped before printing.
  std::optional<std::string_view> error() const;

 private:
  ControlReply(std::unique_ptr<const std::string> bytes, Decoded decoded)
      : bytes_(std::move(bytes)), decoded_(std::move(decoded)) {}

  std::unique_ptr<const std::string> bytes_;  // on the heap, so that a move leaves the views valid
  Decoded decoded_;
};

// One conversation on one REQ socket: send(), then a reply, then perhaps send() again. After a
// reply that did not come, make a new one: REQ cannot ask twice. Threading: one thread. Destroying
// it abandons the request; it never lingers.
class ControlExchange {
 public:
  ControlExchange(zmq::context_t& context, const Address& peer);

  // Errors: kIo when the address cannot be connected to, kUnavailable while a reply is outstanding.
  // A peer that is not there is no error: the request waits for it.
  Status send(std::string_view request);
  // Nothing while there is no reply. Error: kCorrupt.
  std::optional<Result<ControlReply>> take();
  // Error: kUnavailable when none came within `timeout`.
  Result<ControlReply> wait(Millis timeout);

  // For an EventLoop to watch for kReadable.
  void* handle() { return socket_.handle(); }

 private:
  Address peer_;
  Socket socket_;
  Status connected_;
};

// Asks on a fresh socket. Errors: kUnavailable (nobody answered), kCorrupt (no map), kIo.
Result<ControlReply> control_request(zmq::context_t& context, const Address& peer,
                                     std::string_view request, Millis timeout = kControlTimeout);

}  // namespace ox
