#pragma once
// Internal to common/ingest/stream. Who sent it, for events and for people.
#include <string>
#include <string_view>
#include <unordered_map>

#include <sys/socket.h>

#include "common/ingest/stream/stream_session.h"

namespace ox {

// node_name is the host of peers on this machine.
StreamPeer make_peer(const sockaddr_storage& address, socklen_t size, const std::string& node_name);

// Remembers the names of those who sent lately: to make one takes longer than to read a datagram.
class PeerNames {
 public:
  explicit PeerNames(std::string node_name) : node_name_(std::move(node_name)) {}
  // Valid until the next call.
  const StreamPeer& of(const sockaddr_storage& address, socklen_t size);

 private:
  static constexpr std::size_t kMostPeers = 4096;

  const std::string node_name_;
  std::unordered_map<std::string, StreamPeer> peers_;  // by the bytes of their address
  std::string key_;
  const StreamPeer* last_ = nullptr;
  std::string last_key_;
};

}  // namespace ox
