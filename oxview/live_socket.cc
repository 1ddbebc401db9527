#include "oxview/live_socket.h"

#include <atomic>
#include <cstring>

#include <fmt/format.h>

namespace ox {
namespace {

constexpr int kReceiveHwm = 10'000;

SocketOptions socket_options(const Address& control) {
  SocketOptions options;
  options.receive_hwm = kReceiveHwm;
  options.ipv6 = control.ipv6();
  return options;
}

// Live events come over TCP, from the control address's host.
std::string live_endpoint(const Address& control, std::uint16_t port) {
  std::string host = control.kind == Address::Kind::kTcp ? control.host : "127.0.0.1";
  return Address::tcp(host, port).endpoint();
}

std::string next_monitor_name() {
  static std::atomic<int> count{0};
  return fmt::format("inproc://oxview-monitor-{}", ++count);
}

}  // namespace

LiveSocket::LiveSocket(zmq::context_t& context, const Address& control)
    : events_(context, zmq::socket_type::sub, socket_options(control)),
      changes_(context, zmq::socket_type::pair) {}

LiveSocket::~LiveSocket() {
  // The monitor's end first: ZeroMQ writes to it while `events_` closes.
  zmq_socket_monitor(events_.handle(), nullptr, 0);
}

Result<std::unique_ptr<LiveSocket>> LiveSocket::open(zmq::context_t& context,
                                                     const Address& control, const LivePort& port,
                                                     const std::string& prefix) {
  std::unique_ptr<LiveSocket> socket(new LiveSocket(context, control));
  std::string monitor = next_monitor_name();
  if (zmq_socket_monitor(socket->events_.handle(), monitor.c_str(),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0)
    return errno_status(errno, "cannot watch the connection");
  OX_RETURN_IF_ERROR(socket->changes_.connect(monitor));
  OX_RETURN_IF_ERROR(socket->events_.subscribe(prefix));
  OX_RETURN_IF_ERROR(socket->events_.connect(live_endpoint(control, port.port)));
  return socket;
}

bool LiveSocket::take_loss() {
  bool lost = false;
  std::vector<zmq::message_t> frames;
  while (changes_.receive(frames)) {
    // zmq_socket_monitor(3): 16 bits of event and 32 of value, then the address.
    if (frames[0].size() < sizeof(std::uint16_t)) continue;
    std::uint16_t event = 0;
    std::memcpy(&event, frames[0].data(), sizeof(event));
    lost = lost || (connected_ && event == ZMQ_EVENT_DISCONNECTED);
    connected_ = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
  }
  return lost;
}

}  // namespace ox
