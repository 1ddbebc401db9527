#include "oxd/ports.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/unique_fd.h"

namespace ox {
namespace {

constexpr int kAttempts = 100;

// A socket bound to `port` of `host`; 0 picks one, which `port` then is.
UniqueFd bound(const std::string& host, std::uint16_t& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host == "*" ? nullptr : host.c_str(), fmt::format("{}", port).c_str(), &hints,
                    &found) != 0)
    return {};
  UniqueFd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  // As ZeroMQ binds: the leavings of closed connections do not count.
  int on = 1;
  bool ok = fd.valid() && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
            ::bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0 &&
            ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::freeaddrinfo(found);
  if (!ok) return {};
  port =
      ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(address).sin_port);
  return fd;
}

}  // namespace

Result<std::uint16_t> free_port_pair(const std::string& host) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::uint16_t first = 0;
    UniqueFd one = bound(host, first);
    if (!one.valid() || first == 65535) continue;
    auto second = static_cast<std::uint16_t>(first + 1);
    if (bound(host, second).valid()) return first;
  }
  return Status(Code::kUnavailable, fmt::format("no two adjacent ports are free on {}", host));
}

}  // namespace ox
