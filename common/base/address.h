#pragma once
// Where a socket listens or connects, as people write it: "log-master", "log-master:3514", "*",
// "[::1]:3514", "ipc:///run/oxd/collect", "off".
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

inline constexpr std::uint16_t kControlPort = 3513;
inline constexpr std::uint16_t kCollectPort = 3514;

struct Address {
  enum class Kind { kTcp, kIpc, kOff };

  Kind kind = Kind::kOff;
  std::string host;        // kTcp: a name or number without brackets; "*" is every interface
  std::uint16_t port = 0;  // kTcp: 0 lets the system choose (only to bind)
  std::string path;        // kIpc

  // `default_port` is used when the text has none; "tcp://" in front is allowed. Error: kInvalid.
  static Result<Address> parse(std::string_view text, std::uint16_t default_port);
  static Address tcp(std::string host, std::uint16_t port);

  bool off() const { return kind == Kind::kOff; }
  // The address beside this one: the same host, `delta` ports above; for ipc, the path with
  // `suffix`.
  Address neighbour(int delta, std::string_view suffix) const;
  // True for 127.0.0.0/8, ::1, localhost and ipc.
  bool loopback() const;
  bool ipv6() const;

  // For zmq_bind and zmq_connect; a port of 0 becomes the wildcard "*".
  std::string endpoint() const;
  // "host:port" with brackets where needed; what parse() accepts.
  std::string to_string() const;

  bool operator==(const Address&) const = default;
};

// True when `host` (name or number) resolves to an address of this machine, or is "*".
bool is_local_host(const std::string& host);

// This machine's node name (uname), as BlueOx puts it in events.
std::string host_name();

}  // namespace ox
