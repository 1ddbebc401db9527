#include "common/ingest/stream/peer_names.h"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

namespace ox {
namespace {

bool on_this_machine(std::string_view host) { return host == "::1" || host.starts_with("127."); }

}  // namespace

StreamPeer make_peer(const sockaddr_storage& address, socklen_t size,
                     const std::string& node_name) {
  StreamPeer peer;
  peer.host = node_name;
  peer.address = "local";
  if (size == 0 || (address.ss_family != AF_INET && address.ss_family != AF_INET6)) return peer;
  sockaddr_storage plain = address;
  socklen_t plain_size = sizeof(sockaddr_in);
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    peer.port = ntohs(v6.sin6_port);
    plain_size = sizeof(sockaddr_in6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], 4);
      std::memcpy(&plain, &v4, sizeof(v4));
      plain_size = sizeof(sockaddr_in);
    }
  } else {
    peer.port = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  std::array<char, NI_MAXHOST> host{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&plain), plain_size, host.data(), host.size(),
                  nullptr, 0, NI_NUMERICHOST) != 0)
    return peer;
  const std::string_view name = host.data();
  const bool v6 = name.find(':') != std::string_view::npos;
  peer.address = fmt::format("{}{}{}:{}", v6 ? "[" : "", name, v6 ? "]" : "", peer.port);
  peer.remote = !on_this_machine(name);
  if (peer.remote) peer.host = name;
  return peer;
}

const StreamPeer& PeerNames::of(const sockaddr_storage& address, socklen_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(&address), size);
  if (last_ != nullptr && bytes == last_key_) return *last_;
  if (peers_.size() >= kMostPeers) peers_.clear();
  key_.assign(bytes);
  auto [found, is_new] = peers_.try_emplace(key_);
  if (is_new) found->second = make_peer(address, size, node_name_);
  last_ = &found->second;
  last_key_ = key_;
  return *last_;
}

}  // namespace ox
