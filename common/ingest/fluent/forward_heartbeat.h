#pragma once
// Forward's UDP heartbeat: Fluentd's out_forward sends a datagram to the port of its connections,
// and holds a server that does not send one zero byte back for dead.
#include "common/ingest/stream/stream_session.h"

namespace ox {

class ForwardHeartbeat : public DatagramProtocol {
 public:
  std::string_view datagram(std::string_view, bool, const StreamPeer&) override {
    return std::string_view("\0", 1);
  }
};

}  // namespace ox
