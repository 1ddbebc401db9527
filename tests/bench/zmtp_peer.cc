#include "tests/bench/zmtp_peer.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr std::size_t kGreetingSize = 64;
constexpr unsigned kMore = 1;
constexpr unsigned kLong = 2;
constexpr unsigned kCommand = 4;
constexpr int kHandshakeMillis = 10'000;

std::string handshake() {
  std::string out("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
  out.resize(kGreetingSize, '\0');
  const std::string_view ready(
      "\x05READY"
      "\x0bSocket-Type\0\0\0\x06"
      "DEALER"
      "\x08Identity\0\0\0\0",
      6 + 12 + 4 + 6 + 9 + 4);
  out += static_cast<char>(kCommand);
  out += static_cast<char>(ready.size());
  out += ready;
  return out;
}

Status zmtp_failure(std::string_view what) {
  return Status(Code::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<ZmtpPeer> ZmtpPeer::connect(const Address& address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(address.port);
  if (::inet_pton(AF_INET, address.host.c_str(), &name.sin_addr) != 1)
    return Status(Code::kInvalid, fmt::format("\"{}\" is no IPv4 address", address.host));
  ZmtpPeer peer;
  peer.fd_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (peer.fd() < 0) return zmtp_failure("socket");
  if (::connect(peer.fd(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0)
    return zmtp_failure("connect");
  const int yes = 1;
  ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  OX_RETURN_IF_ERROR(peer.send_all(handshake()));
  while (!peer.ready_) {
    pollfd readable{peer.fd(), POLLIN, 0};
    if (::poll(&readable, 1, kHandshakeMillis) == 0)
      return Status(Code::kUnavailable, "nobody answered the handshake");
    OX_RETURN_IF_ERROR(peer.receive([](const auto&) { return ok_status(); }));
  }
  return peer;
}

Status ZmtpPeer::send(const std::vector<std::string_view>& frames) {
  output_.clear();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::size_t size = frames[i].size();
    const unsigned more = i + 1 < frames.size() ? kMore : 0;
    output_ += static_cast<char>(more | (size > 0xff ? kLong : 0));
    if (size > 0xff) {
      char length[sizeof(std::uint64_t)];
      store_be(length, static_cast<std::uint64_t>(size));
      output_.append(length, sizeof(length));
    } else {
      output_ += static_cast<char>(size);
    }
    output_ += frames[i];
  }
  return send_all(output_);
}

Status ZmtpPeer::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return zmtp_failure("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return ok_status();
}

Status ZmtpPeer::receive(
    const std::function<Status(const std::vector<std::string_view>&)>& message) {
  char buffer[16 << 10];
  while (true) {
    const ssize_t n = ::recv(fd(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n < 0) return zmtp_failure("receive");
    if (n == 0) return Status(Code::kIo, "the connection was closed");
    input_.append(buffer, static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < sizeof(buffer)) break;
  }
  std::size_t done = 0;  // of input_: whole messages
  if (!greeted_ && input_.size() >= kGreetingSize) {
    greeted_ = true;
    done = kGreetingSize;
  }
  std::vector<std::string_view> frames;
  for (std::size_t at = done; greeted_;) {
    const std::string_view rest = std::string_view(input_).substr(at);
    if (rest.size() < 2) break;
    const auto flags = static_cast<unsigned char>(rest[0]);
    const std::size_t head = (flags & kLong) != 0 ? 9 : 2;
    if (rest.size() < head) break;
    const std::uint64_t size =
        head == 9 ? load_be<std::uint64_t>(rest.data() + 1) : static_cast<unsigned char>(rest[1]);
    if (size > (1 << 20)) return Status(Code::kCorrupt, "a frame of more than 1 MiB");
    if (rest.size() < head + size) break;
    at += head + size;
    // The other end sends but one, and takes no message before it has sent it.
    if ((flags & kCommand) != 0) ready_ = true;
    if ((flags & kCommand) == 0) frames.push_back(rest.substr(head, size));
    if ((flags & kMore) != 0) continue;
    if (!frames.empty()) OX_RETURN_IF_ERROR(message(frames));
    frames.clear();
    done = at;
  }
  input_.erase(0, done);
  return ok_status();
}

}  // namespace ox
