#include "common/http/acceptor.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/http/connection.h"

namespace ox {
namespace {

// Connections above the limit that are told so, at the same time; behind them the system's queue
// fills.
constexpr std::size_t kRefusedAtOnce = 64;

std::shared_ptr<HttpPeer> peer_of(const sockaddr_storage& address) {
  auto peer = std::make_shared<HttpPeer>();
  std::array<char, NI_MAXHOST> host{};
  sockaddr_storage plain = address;
  socklen_t size = sizeof(sockaddr_in6);
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    peer->port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], 4);
      std::memcpy(&plain, &v4, sizeof(v4));
    }
  } else {
    peer->port = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (plain.ss_family == AF_INET) size = sizeof(sockaddr_in);
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&plain), size, host.data(), host.size(),
                  nullptr, 0, NI_NUMERICHOST) == 0)
    peer->host = host.data();
  return peer;
}

Result<UniqueFd> listen_on(const addrinfo& place, bool both_families) {
  UniqueFd fd(::socket(place.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_status(errno, "socket");
  int on = 1;
  int only_v6 = both_families ? 0 : 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (place.ai_family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
  // Accepted connections inherit it: answers leave at once.
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::bind(fd.get(), place.ai_addr, place.ai_addrlen) != 0) {
    int error = errno;
    Status status = errno_status(error, "bind");
    return error == EADDRINUSE ? Status(Code::kExists, status.message()) : status;
  }
  if (::listen(fd.get(), 4096) != 0) return errno_status(errno, "listen");
  return fd;
}

}  // namespace

Result<std::shared_ptr<Acceptor>> Acceptor::open(const HttpListenerOptions& options,
                                                 std::shared_ptr<const TlsContext> tls,
                                                 std::vector<std::unique_ptr<IoLoop>>& loops) {
  const Address& address = options.address;
  if (address.kind != Address::Kind::kTcp)
    return Status(Code::kInvalid, fmt::format("HTTP cannot listen on {}", address.to_string()));
  bool any = address.host == "*";
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  std::string port = std::to_string(address.port);
  std::string host = any ? "::" : address.host;
  if (int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found))
    return Status(Code::kInvalid,
                  fmt::format("HTTP on {}: {}", address.to_string(), gai_strerror(error)));
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> places(found, &freeaddrinfo);
  sockaddr_in any_v4{};
  any_v4.sin_family = AF_INET;
  any_v4.sin_port = htons(address.port);
  addrinfo v4{};
  v4.ai_family = AF_INET;
  v4.ai_addr = reinterpret_cast<sockaddr*>(&any_v4);
  v4.ai_addrlen = sizeof(any_v4);

  // The first of a name's addresses counts; "*" is both families, or IPv4 where there is no IPv6.
  auto fd = listen_on(*places, any);
  if (!fd.ok() && any && fd.status().code() != Code::kExists) fd = listen_on(v4, false);
  if (!fd.ok()) return fd.status().at(fmt::format("HTTP on {}", address.to_string()));

  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return errno_status(errno, "getsockname");
  Address bound = Address::tcp(address.host, peer_of(name)->port);
  return std::shared_ptr<Acceptor>(
      new Acceptor(std::move(*fd), bound, options, std::move(tls), loops));
}

Acceptor::Acceptor(UniqueFd fd, Address bound, const HttpListenerOptions& options,
                   std::shared_ptr<const TlsContext> tls,
                   std::vector<std::unique_ptr<IoLoop>>& loops)
    : loops_(loops),
      state_(loops.front()->state()),
      bound_(std::move(bound)),
      profile_(options.profile),
      tls_(std::move(tls)),
      descriptor_(loops.front()->context(), fd.release()),
      retry_(loops.front()->context()) {}

void Acceptor::start() { wait(); }

void Acceptor::go_on() {
  if (!full_ || !descriptor_.is_open()) return;
  full_ = false;
  wait();
}

void Acceptor::wait() {
  if (std::exchange(waiting_, true)) return;
  descriptor_.async_wait(IoLoop::Descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& ec) {
                           self->waiting_ = false;
                           if (ec) return;
                           self->loops_.front()->run([&] {
                             if (self->accept_some()) self->wait();
                           });
                         });
}

bool Acceptor::accept_some() {
  for (int i = 0; i < 64; ++i) {  // then the connections have their turn
    if (state_.connections >= state_.options.limits.connections + kRefusedAtOnce) {
      full_ = true;
      return false;
    }
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    UniqueFd fd(::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        pause(errno);
        return false;
      }
      continue;  // that connection's own trouble (accept(2)): it has gone again
    }
    auto peer = peer_of(address);
    peer->profile = profile_;
    peer->secure = tls_ != nullptr;
    adopt(std::move(fd), std::move(peer));
  }
  return true;
}

void Acceptor::adopt(UniqueFd fd, std::shared_ptr<const HttpPeer> peer) {
  bool refused = state_.connections.fetch_add(1) >= state_.options.limits.connections;
  state_.counters.accepted.add();
  IoLoop& loop = *loops_[next_];
  next_ = (next_ + 1) % loops_.size();
  auto begin = [&loop, fd = std::make_shared<UniqueFd>(std::move(fd)), peer = std::move(peer),
                tls = tls_, refused] {
    auto connection = std::make_shared<Connection>(loop, fd->release(), peer, tls);
    loop.add(connection);
    if (refused)
      connection->refuse();
    else
      connection->start();
  };
  if (&loop == loops_.front().get())
    begin();
  else
    loop.post(std::move(begin));
}

void Acceptor::pause(int error) {
  limiter_.warn("accept", fmt::format("HTTP on {} cannot accept connections: {}",
                                      bound_.to_string(), std::strerror(error)));
  retry_.expires_after(Millis(100));
  retry_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec && self->descriptor_.is_open()) self->wait();
  });
}

void Acceptor::stop() {
  if (!descriptor_.is_open()) return;
  if (!full_) accept_some();
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  retry_.cancel();
}

}  // namespace ox
