#pragma once
// Internal to common/ingest/stream. A listening socket: hands out the connections that come.
// Threading: the engine's thread.
#include <functional>
#include <memory>
#include <string>

#include "common/ingest/stream/bound_socket.h"
#include "common/ingest/stream/served_connection.h"
#include "common/ingest/stream/stream_context.h"

namespace ox {

class StreamListener : public StreamLoop::Watched {
 public:
  // `accepted` gets each connection. The references outlive it.
  StreamListener(StreamContext& context, BoundSocket socket,
                 std::unique_ptr<StreamProtocol> protocol,
                 std::shared_ptr<const ByteStreams> streams,
                 std::function<void(std::shared_ptr<ServedConnection>)> accepted);
  ~StreamListener() override;

  const Address& address() const { return socket_.address(); }
  void start();
  // Takes those that wait, and closes.
  void stop();
  // Tries again after the system had no room.
  void tick();

  void ready(std::uint32_t events) override;

 private:
  StreamContext& context_;
  BoundSocket socket_;
  const std::unique_ptr<StreamProtocol> protocol_;
  const std::shared_ptr<const ByteStreams> streams_;
  const std::function<void(std::shared_ptr<ServedConnection>)> accepted_;
  bool watched_ = false;
};

}  // namespace ox
