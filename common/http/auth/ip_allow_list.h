#pragma once
// IP addresses and networks (CIDR, RFC 4632 and RFC 4291) that may connect.
// An IPv4 address is the same whether it comes as 10.0.0.1 or mapped into IPv6 as ::ffff:10.0.0.1
// (RFC 4291, section 2.5.5.2), as sockets that listen to both report it. Families are apart
// otherwise: ::/0 is every IPv6 address and no IPv4 one.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace ox {

// A numeric address, by value.
struct IpAddress {
  bool v4 = false;
  std::array<unsigned char, 16> bytes{};  // v4: the first four; the rest zero

  // "10.0.0.1", "::1", "::ffff:10.0.0.1"; a zone behind it ("fe80::1%eth0") is passed over. Nothing
  // when it is anything else: no names, no brackets, no port.
  static std::optional<IpAddress> parse(std::string_view text);
  bool loopback() const;  // 127.0.0.0/8 or ::1
  std::string to_string() const;

  bool operator==(const IpAddress&) const = default;
};

struct IpNetwork {
  IpAddress address;
  unsigned prefix = 0;  // bits: 0 to 32 or 128

  // "10.0.0.0/8", "2001:db8::/32", or an address alone. Error: kInvalid, citing the text; also when
  // bits are set behind the prefix, saying which network that would be.
  static Result<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& peer) const;
  std::string to_string() const;

  bool operator==(const IpNetwork&) const = default;
};

class IpAllowList {
 public:
  // Networks with blanks or commas between them. Errors: kInvalid, citing the one that is wrong, or
  // saying that there is none.
  static Result<IpAllowList> parse(std::string_view text);

  // `peer` is a numeric address; what is none is not allowed. Must be that of the connection: what
  // headers say of a peer is anybody's word.
  bool allows(std::string_view peer) const;

 private:
  std::vector<IpNetwork> networks_;
};

}  // namespace ox
