#include "common/base/socket.h"

#include <algorithm>
#include <charconv>

namespace ox {

Socket::Socket(zmq::context_t& context, zmq::socket_type type, const SocketOptions& options)
    : socket_(context, type) {
  socket_.set(zmq::sockopt::maxmsgsize, options.max_message_bytes);
  socket_.set(zmq::sockopt::sndhwm, options.send_hwm);
  socket_.set(zmq::sockopt::rcvhwm, options.receive_hwm);
  socket_.set(zmq::sockopt::linger, static_cast<int>(options.linger.count()));
  socket_.set(zmq::sockopt::handshake_ivl, 10'000);
  // What waits for a peer goes on at most 300 ms after its return (libzmq adds up to one reconnect_ivl), for
  // which four connects a second are tried while it is away.
  socket_.set(zmq::sockopt::reconnect_ivl, 50);
  socket_.set(zmq::sockopt::reconnect_ivl_max, 250);
  // Finds peers whose machine has gone, everywhere. ZMTP's heartbeats do not do for sockets that
  // may stop reading (receive_hwm): there libzmq 4.3.4 aborts when the connection is lost meanwhile
  // (its issues 3937, 4364, 4767).
  socket_.set(zmq::sockopt::tcp_keepalive, 1);
  socket_.set(zmq::sockopt::tcp_keepalive_idle, 10);
  socket_.set(zmq::sockopt::tcp_keepalive_intvl, 5);
  socket_.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  const int io_threads = std::max(context.get(zmq::ctxopt::io_threads), 1);
  socket_.set(zmq::sockopt::affinity,
              std::uint64_t{1} << std::min(options.io_thread, io_threads - 1));
  if (options.immediate) socket_.set(zmq::sockopt::immediate, true);
  if (options.router_mandatory) socket_.set(zmq::sockopt::router_mandatory, true);
  if (options.ipv6) socket_.set(zmq::sockopt::ipv6, true);
}

static Status zmq_status(const zmq::error_t& error, const std::string& what) {
  Code code = error.num() == EADDRINUSE ? Code::kExists : Code::kIo;
  return Status(code, what + ": " + error.what());
}

Status Socket::bind(const std::string& endpoint) {
  try {
    socket_.bind(endpoint);
    last_endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
    return ok_status();
  } catch (const zmq::error_t& error) {
    return zmq_status(error, "cannot listen on " + endpoint);
  }
}

Status Socket::connect(const std::string& endpoint) {
  try {
    socket_.connect(endpoint);
    return ok_status();
  } catch (const zmq::error_t& error) {
    return zmq_status(error, "cannot connect to " + endpoint);
  }
}

std::uint16_t Socket::last_port() const {
  const std::string& endpoint = last_endpoint_;
  auto colon = endpoint.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos)
    std::from_chars(endpoint.data() + colon + 1, endpoint.data() + endpoint.size(), port);
  return port;
}

Status Socket::subscribe(std::string_view prefix) {
  try {
    socket_.set(zmq::sockopt::subscribe, prefix);
    return ok_status();
  } catch (const zmq::error_t& error) {
    return zmq_status(error, "cannot subscribe");
  }
}

Status Socket::unsubscribe(std::string_view prefix) {
  try {
    socket_.set(zmq::sockopt::unsubscribe, prefix);
    return ok_status();
  } catch (const zmq::error_t& error) {
    return zmq_status(error, "cannot unsubscribe");
  }
}

bool Socket::receive(std::vector<zmq::message_t>& frames) {
  frames.clear();
  while (true) {
    zmq::message_t& frame = frames.emplace_back();
    // The frames of a message arrive together: only the first can be missing.
    int n = zmq_msg_recv(frame.handle(), socket_.handle(), ZMQ_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) {
        frames.pop_back();
        continue;
      }
      frames.clear();
      return false;
    }
    if (!frame.more()) return true;
  }
}

SendResult Socket::send(std::vector<zmq::message_t>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    int flags = ZMQ_DONTWAIT | (i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
    while (zmq_msg_send(frames[i].handle(), socket_.handle(), flags) < 0) {
      if (errno == EINTR) continue;
      // Once the first frame is taken, ZeroMQ takes the rest of the message too.
      OX_CHECK(i == 0 || errno == EHOSTUNREACH || errno == EAGAIN);
      return errno == EAGAIN ? SendResult::kWouldBlock : SendResult::kUnreachable;
    }
  }
  return SendResult::kSent;
}

SendResult Socket::send_copy(const std::vector<std::string_view>& parts) {
  std::vector<zmq::message_t> frames;
  frames.reserve(parts.size());
  for (std::string_view part : parts) frames.emplace_back(part.data(), part.size());
  return send(frames);
}

std::shared_ptr<const void> keep_message(zmq::message_t message, std::string_view& bytes) {
  constexpr std::size_t kSharedBuffer = 8192;
  const std::size_t size = message.size();
  if (size > kSharedBuffer) {
    auto whole = std::make_shared<zmq::message_t>(std::move(message));
    bytes = view(*whole);
    return whole;
  }
  auto copy = std::make_shared_for_overwrite<char[]>(size);
  std::copy_n(message.data<char>(), size, copy.get());
  bytes = {copy.get(), size};
  return copy;
}

zmq::message_t borrowing_message(std::shared_ptr<const void> owner, std::string_view bytes) {
  auto* hint = new std::shared_ptr<const void>(std::move(owner));
  return zmq::message_t(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void*, void* h) { delete static_cast<std::shared_ptr<const void>*>(h); }, hint);
}

}  // namespace ox
