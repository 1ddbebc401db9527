#include "tests/unit/http/raw_client.h"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace ox {
namespace {

// For a program under ThreadSanitizer on a machine that does much else.
constexpr int kSeconds = 300;

}  // namespace

RawClient::RawClient(std::uint16_t port, Security security, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval limit{kSeconds, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (receive_buffer > 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  connected_ =
      ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (!connected_ || security == Security::kPlain) return;
  context_.reset(SSL_CTX_new(TLS_client_method()));
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), fd_.get());
  connected_ = SSL_connect(tls_.get()) == 1;
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                     : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void RawClient::end_sending() {
  if (tls_) SSL_shutdown(tls_.get());
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawClient::reset() {
  linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  fd_.reset();
}

RawClient::Got RawClient::fill() {
  char buffer[65536];
  ssize_t n = tls_ ? SSL_read(tls_.get(), buffer, sizeof(buffer))
                   : ::recv(fd_.get(), buffer, sizeof(buffer), 0);
  if (n > 0) {
    in_.append(buffer, static_cast<std::size_t>(n));
    return Got::kBytes;
  }
  if (n == 0) return Got::kEnd;
  return errno == EAGAIN ? Got::kNothing : Got::kReset;
}

std::optional<RawResponse> RawClient::read(bool has_body) {
  RawResponse response;
  std::size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos)
    if (fill() != Got::kBytes) return std::nullopt;
  response.head = in_.substr(0, end + 4);
  in_.erase(0, end + 4);
  response.status = std::stoi(response.head.substr(9, 3));
  std::size_t at = response.head.find("\r\n") + 2;
  while (at < end) {
    std::size_t eol = response.head.find("\r\n", at);
    std::string line = response.head.substr(at, eol - at);
    std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers[name] = line.substr(colon + 2);
    at = eol + 2;
  }
  if (has_body && response.headers["transfer-encoding"] == "chunked") {
    for (std::size_t size = 1; size > 0;) {
      std::size_t eol;
      while ((eol = in_.find("\r\n")) == std::string::npos)
        if (fill() != Got::kBytes) return std::nullopt;
      size = std::stoul(in_.substr(0, eol), nullptr, 16);
      while (in_.size() < eol + 2 + size + 2)
        if (fill() != Got::kBytes) return std::nullopt;
      response.body.append(in_, eol + 2, size);
      in_.erase(0, eol + 2 + size + 2);
    }
    return response;
  }
  auto length = response.headers.find("content-length");
  if (!has_body || length == response.headers.end()) return response;
  std::size_t size = std::stoul(length->second);
  while (in_.size() < size)
    if (fill() != Got::kBytes) return std::nullopt;
  response.body = in_.substr(0, size);
  in_.erase(0, size);
  return response;
}

std::optional<std::string> RawClient::read_to_end() {
  Got got;
  while ((got = fill()) == Got::kBytes) {
  }
  if (got != Got::kEnd) return std::nullopt;
  return std::exchange(in_, {});
}

bool RawClient::at_end() { return in_.empty() && fill() == Got::kEnd; }

bool RawClient::quiet() {
  pollfd waiting{fd_.get(), POLLIN, 0};
  return in_.empty() && ::poll(&waiting, 1, 0) == 0;
}

std::size_t RawClient::read_some(std::size_t at_most) { return read_bytes(at_most).size(); }

std::string RawClient::read_bytes(std::size_t at_most) {
  std::string buffer(at_most, '\0');
  const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  buffer.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return buffer;
}

}  // namespace ox
