#include "common/base/address.h"

#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace ox {

Result<Address> Address::parse(std::string_view text, std::uint16_t default_port) {
  auto bad = [&](std::string_view why) {
    return Status(Code::kInvalid, fmt::format("'{}' is not an address: {}", text, why));
  };
  Address a;
  if (text == "off") return a;
  if (text.starts_with("ipc://")) {
    a.kind = Kind::kIpc;
    a.path = text.substr(6);
    if (a.path.empty()) return bad("ipc:// needs a path");
    return a;
  }
  std::string_view rest = text;
  if (rest.starts_with("tcp://")) rest.remove_prefix(6);
  a.kind = Kind::kTcp;
  a.port = default_port;
  std::string_view port_text;
  bool has_port = false;
  if (rest.starts_with('[')) {
    auto close = rest.find(']');
    if (close == std::string_view::npos) return bad("a '[' without its ']'");
    a.host = rest.substr(1, close - 1);
    if (a.host.find(':') == std::string::npos) return bad("brackets are for IPv6 addresses");
    rest.remove_prefix(close + 1);
    if (!rest.empty()) {
      if (rest.front() != ':') return bad("after ']' only ':PORT' may follow");
      port_text = rest.substr(1);
      has_port = true;
    }
  } else {
    auto colon = rest.find(':');
    a.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) {
      port_text = rest.substr(colon + 1);
      has_port = true;
      if (port_text.find(':') != std::string_view::npos)
        return bad("write an IPv6 address in brackets, like [::1]:3514");
    }
  }
  if (a.host.empty()) return bad("the host is missing");
  if (a.host.find_first_of(" \t/\n") != std::string::npos)
    return bad("a host has no blanks or '/'");
  if (has_port) {
    unsigned port = 0;
    const char* end = port_text.data() + port_text.size();
    auto [at, error] = std::from_chars(port_text.data(), end, port);
    if (error != std::errc() || at != end || port > 65535)
      return bad("the port must be a number from 0 to 65535");
    a.port = static_cast<std::uint16_t>(port);
  }
  return a;
}

Address Address::tcp(std::string host, std::uint16_t port) {
  Address a;
  a.kind = Kind::kTcp;
  a.host = std::move(host);
  a.port = port;
  return a;
}

Address Address::neighbour(int delta, std::string_view suffix) const {
  Address a = *this;
  if (kind == Kind::kTcp) a.port = static_cast<std::uint16_t>(port + delta);
  if (kind == Kind::kIpc) a.path += suffix;
  return a;
}

bool Address::ipv6() const { return host.find(':') != std::string::npos; }

bool Address::loopback() const {
  if (kind != Kind::kTcp) return true;
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

static std::string bracketed(const Address& a) { return a.ipv6() ? "[" + a.host + "]" : a.host; }

std::string Address::endpoint() const {
  if (kind == Kind::kIpc) return "ipc://" + path;
  return fmt::format("tcp://{}:{}", bracketed(*this), port == 0 ? "*" : std::to_string(port));
}

std::string Address::to_string() const {
  if (kind == Kind::kOff) return "off";
  if (kind == Kind::kIpc) return "ipc://" + path;
  return fmt::format("{}:{}", bracketed(*this), port);
}

bool is_local_host(const std::string& host) {
  if (host == "*") return true;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  bool local = false;
  for (addrinfo* a = found; a != nullptr && !local; a = a->ai_next) {
    int fd = ::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    local = ::bind(fd, a->ai_addr, a->ai_addrlen) == 0;  // port 0: only the address is tried
    ::close(fd);
  }
  ::freeaddrinfo(found);
  return local;
}

std::string host_name() {
  utsname name{};
  if (::uname(&name) != 0 || name.nodename[0] == '\0') return "localhost";
  return name.nodename;
}

}  // namespace ox
