#include "common/ingest/stream/bound_socket.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace ox {
namespace {

constexpr int kListenBacklog = 1024;
constexpr mode_t kForEverybody = 0666;

Status bind_status(int error, const char* call) {
  Status status = errno_status(error, call);
  return error == EADDRINUSE ? Status(Code::kExists, status.message()) : status;
}

Result<UniqueFd> bind_on(const addrinfo& place, int type, bool both_families) {
  UniqueFd fd(::socket(place.ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_status(errno, "socket");
  const int on = 1;
  const int only_v6 = both_families ? 0 : 1;
  if (place.ai_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
  if (type == SOCK_STREAM) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    // Accepted connections inherit these: answers leave at once, and peers that have gone without a
    // word are found out.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    const int idle_seconds = 300;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof(idle_seconds));
  }
  if (::bind(fd.get(), place.ai_addr, place.ai_addrlen) != 0) return bind_status(errno, "bind");
  if (type == SOCK_STREAM && ::listen(fd.get(), kListenBacklog) != 0)
    return errno_status(errno, "listen");
  return fd;
}

// True when nobody listens on the socket file any more.
bool is_stale(const sockaddr_un& name, socklen_t size, int type) {
  struct stat info {};
  if (::lstat(name.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  UniqueFd probe(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.valid() &&
         ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

Result<BoundSocket> BoundSocket::open(const Address& address, Kind kind) {
  const int type = kind == Kind::kStream ? SOCK_STREAM : SOCK_DGRAM;
  switch (address.kind) {
    case Address::Kind::kTcp:
      return open_ip(address, type);
    case Address::Kind::kIpc:
      return open_unix(address, type);
    case Address::Kind::kOff:
      break;
  }
  return Status(Code::kInvalid, fmt::format("nothing can listen on '{}'", address.to_string()));
}

Result<BoundSocket> BoundSocket::open_unix(const Address& address, int type) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.empty() || address.path.size() >= sizeof(name.sun_path))
    return Status(Code::kInvalid, fmt::format("'{}' is no path of a socket: 1 to {} bytes",
                                              address.path, sizeof(name.sun_path) - 1));
  std::memcpy(name.sun_path, address.path.c_str(), address.path.size() + 1);
  const auto size = static_cast<socklen_t>(sizeof(name));
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_status(errno, "socket").at(address.path);
  int error = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    error = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) == 0 ? 0 : errno;
    if (error != EADDRINUSE || attempt > 0 || !is_stale(name, size, type)) break;
    ::unlink(name.sun_path);
  }
  if (error != 0) return bind_status(error, "bind").at(address.path);
  BoundSocket bound(std::move(fd), address);
  if (::chmod(name.sun_path, kForEverybody) != 0)
    return errno_status(errno, "chmod").at(address.path);
  if (type == SOCK_STREAM && ::listen(bound.fd(), kListenBacklog) != 0)
    return errno_status(errno, "listen").at(address.path);
  return bound;
}

Result<BoundSocket> BoundSocket::open_ip(const Address& address, int type) {
  const bool any = address.host == "*";
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const std::string host = any ? "::" : address.host;
  if (int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found))
    return Status(Code::kInvalid, fmt::format("{}: {}", address.to_string(), gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> places(found, &freeaddrinfo);
  sockaddr_in any_v4{};
  any_v4.sin_family = AF_INET;
  any_v4.sin_port = htons(address.port);
  addrinfo v4{};
  v4.ai_family = AF_INET;
  v4.ai_addr = reinterpret_cast<sockaddr*>(&any_v4);
  v4.ai_addrlen = sizeof(any_v4);

  auto fd = bind_on(*places, type, any);
  if (!fd.ok() && any && fd.status().code() != Code::kExists) fd = bind_on(v4, type, false);
  if (!fd.ok()) return fd.status().at(address.to_string());
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return errno_status(errno, "getsockname");
  const in_port_t bound_port = name.ss_family == AF_INET6
                                   ? reinterpret_cast<const sockaddr_in6&>(name).sin6_port
                                   : reinterpret_cast<const sockaddr_in&>(name).sin_port;
  return BoundSocket(std::move(*fd), Address::tcp(address.host, ntohs(bound_port)));
}

void BoundSocket::close() {
  if (!fd_.valid()) return;
  fd_.reset();
  if (local()) ::unlink(address_.path.c_str());
}

}  // namespace ox
