#pragma once
// Events to an oxd of the old kind: a PUSH socket to its collect address, one message for each
// event (proto/meta.h), and no acknowledgements. Events wait here while ZeroMQ takes none.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/socket.h"
#include "common/base/unique_fd.h"
#include "common/ingest/live/transport.h"

namespace ox {

class V3Transport : public Transport {
 public:
  // How many events ZeroMQ holds for us: nobody can tell whether these have left.
  static constexpr int kInZeroMq = 100;

  // memory_limit: bytes of events waiting here. The references must outlive the transport.
  V3Transport(EventLoop& loop, const Address& collect, std::uint64_t memory_limit,
              TransportOwner& owner);
  ~V3Transport() override;

  Answer add(const IngestEvent& event) override;
  void input_dry() override {}

  void start() override;
  // Ends with the socket: ZeroMQ tells that all is delivered (to the peer's machine) by closing.
  void finish() override;
  bool drained() const override { return closed_; }
  TransportFigures figures() const override;
  std::uint64_t safe_events() const override { return 0; }  // nobody acknowledges anything
  bool ready() const override { return true; }
  std::string problem() const override;
  std::string loss() const override;

 private:
  using Message = std::vector<zmq::message_t>;
  // Lives on in the thread that waits for ZeroMQ, should we not.
  struct Closing {
    zmq::context_t context;
    UniqueFd done;  // an eventfd
  };

  void pump();
  void on_monitor();
  void close_when_empty();

  EventLoop& loop_;
  const Address collect_;
  const std::uint64_t memory_limit_;
  TransportOwner& owner_;
  std::shared_ptr<Closing> closing_;
  std::optional<Socket> socket_;
  std::optional<Socket> monitor_;
  EventLoop::Id socket_watch_ = 0;
  EventLoop::Id monitor_watch_ = 0;
  EventLoop::Id done_watch_ = 0;

  Status status_;  // of connecting
  bool connected_ = false;
  bool was_connected_ = false;
  bool finishing_ = false;
  bool closed_ = false;

  Message message_;  // the one at hand
  std::deque<Message> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  bool refused_ = false;  // add() answered kFull, and room() was not called since
  std::uint64_t taken_ = 0;
};

}  // namespace ox
