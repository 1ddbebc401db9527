#pragma once
// The client's events to an oxd of the old kind: a PUSH socket to its collect address, one message
// for each event (proto/meta.h), and no acknowledgements.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/socket.h"
#include "common/client/client_transport.h"

namespace ox {

class PushClientTransport : public ClientTransport {
 public:
  // How many events ZeroMQ holds for us: nobody can tell whether these have left. The others wait
  // where they are counted.
  static constexpr int kInZeroMq = 100;
  // Longer names are refused, and of 64 bytes the last one is cut: that is what BlueOx clients do.
  static constexpr std::size_t kLongestName = 64;

  // The references must outlive the transport.
  PushClientTransport(EventLoop& loop, const Address& collect, ClientTransportOwner& owner);
  ~PushClientTransport() override;

  // Thread-safe.
  static bool can_carry(const ClientEvent& event);

  void start() override;
  bool add(const ClientEvent& event) override;
  void input_dry() override {}
  void flush() override {}
  std::uint64_t stop(Micros at_most) override;
  std::uint64_t settled_events() const override { return sent_; }
  std::uint64_t refused_events() const override { return 0; }
  std::string problem() const override;

 private:
  void on_writable();
  void on_monitor();
  void close_sockets();

  EventLoop& loop_;
  const Address collect_;
  ClientTransportOwner& owner_;
  zmq::context_t context_;
  std::optional<Socket> socket_;
  std::optional<Socket> monitor_;
  EventLoop::Id socket_watch_ = 0;
  EventLoop::Id monitor_watch_ = 0;
  Status status_;  // of connecting
  bool connected_ = false;
  std::uint64_t sent_ = 0;
};

}  // namespace ox
