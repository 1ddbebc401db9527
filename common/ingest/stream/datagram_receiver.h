#pragma once
// Internal to common/ingest/stream. One datagram socket, UDP or unix: many datagrams a system call
// (recvmmsg(2)), and how many the kernel had no room for (SO_RXQ_OVFL, socket(7)).
// Threading: the engine's thread.
#include <cstdint>
#include <memory>
#include <vector>

#include "common/ingest/stream/bound_socket.h"
#include "common/ingest/stream/peer_names.h"
#include "common/ingest/stream/stream_context.h"

namespace ox {

struct DatagramCounters {
  Counter& datagrams;
  Counter& cut;
  Counter& kernel_drops;
};

class DatagramReceiver : public StreamLoop::Watched {
 public:
  // The references outlive it.
  DatagramReceiver(StreamContext& context, BoundSocket socket,
                   std::unique_ptr<DatagramProtocol> protocol, const DatagramOptions& options,
                   const DatagramCounters& counters);
  ~DatagramReceiver() override;

  const Address& address() const { return socket_.address(); }
  void start();
  // There is room again.
  void go_on();
  // Closes as soon as everything that had arrived was read; at once when `now`.
  void drain(bool now);
  bool closed() const { return !socket_.open(); }

  void ready(std::uint32_t events) override;

 private:
  struct Slots;

  bool receive_once();
  void note_drops(std::uint32_t total);
  void watch(bool wanted);
  void close();

  StreamContext& context_;
  BoundSocket socket_;
  const std::unique_ptr<DatagramProtocol> protocol_;
  const DatagramCounters counters_;
  PeerNames names_;
  const std::unique_ptr<Slots> slots_;
  std::uint32_t drops_seen_ = 0;
  bool watched_ = false;
  bool draining_ = false;
};

}  // namespace ox
