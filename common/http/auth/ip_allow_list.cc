#include "common/http/auth/ip_allow_list.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "common/http/auth/words.h"

namespace ox {
namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

unsigned bits_of(const IpAddress& address) { return address.v4 ? 32 : 128; }

// With all bits behind the prefix zero.
IpAddress masked(IpAddress address, unsigned prefix) {
  for (unsigned i = 0; i < address.bytes.size(); ++i) {
    unsigned keep = prefix > i * 8 ? std::min(prefix - i * 8, 8U) : 0;
    address.bytes[i] = static_cast<unsigned char>(address.bytes[i] & (0xff00U >> keep));
  }
  return address;
}

// As written: ::ffff:10.0.0.1 stays an IPv6 address.
std::optional<IpAddress> parse_as_written(std::string_view text) {
  std::string terminated(text);
  if (terminated.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  IpAddress address;
  address.v4 = text.find(':') == std::string_view::npos;
  if (::inet_pton(address.v4 ? AF_INET : AF_INET6, terminated.c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

bool mapped(const IpAddress& address) {
  return !address.v4 &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

IpAddress unmapped(const IpAddress& address) {
  IpAddress out;
  out.v4 = true;
  std::copy_n(address.bytes.begin() + kMappedPrefix.size(), 4, out.bytes.begin());
  return out;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::string_view number = text.substr(0, text.find('%'));
  auto address = parse_as_written(number);
  if (!address || (address->v4 && number.size() != text.size())) return std::nullopt;
  return mapped(*address) ? unmapped(*address) : *address;
}

bool IpAddress::loopback() const {
  if (v4) return bytes[0] == 127;
  IpAddress one;
  one.bytes[15] = 1;
  return *this == one;
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text));
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  auto wrong = [&](std::string_view what) {
    return Status(Code::kInvalid, fmt::format("{} {}", quoted_name(text), what));
  };
  std::size_t slash = text.find('/');
  auto address = parse_as_written(text.substr(0, slash));
  if (!address) return wrong("is neither an IP address nor a network like 10.0.0.0/8");
  IpNetwork network{*address, bits_of(*address)};
  if (slash != std::string_view::npos) {
    std::string_view digits = text.substr(slash + 1);
    auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
    if (error != std::errc() || end != digits.data() + digits.size() ||
        network.prefix > bits_of(*address))
      return wrong(
          fmt::format("has no prefix length from 0 to {} behind its '/'", bits_of(*address)));
  }
  network.address = masked(network.address, network.prefix);
  if (network.address != *address)
    return wrong(
        fmt::format("has bits set behind its prefix; the network is {}", network.to_string()));
  if (mapped(network.address) && network.prefix >= kMappedBits)
    return IpNetwork{unmapped(network.address), network.prefix - kMappedBits};
  return network;
}

bool IpNetwork::contains(const IpAddress& peer) const {
  return masked(peer, prefix) == address;  // which compares the families as well
}

std::string IpNetwork::to_string() const {
  return fmt::format("{}/{}", address.to_string(), prefix);
}

Result<IpAllowList> IpAllowList::parse(std::string_view text) {
  IpAllowList list;
  for (std::string_view word : words_of(text, ",")) {
    OX_ASSIGN_OR_RETURN(IpNetwork network, IpNetwork::parse(word));
    list.networks_.push_back(network);
  }
  if (list.networks_.empty()) return Status(Code::kInvalid, "has no address in it");
  return list;
}

bool IpAllowList::allows(std::string_view peer) const {
  auto address = IpAddress::parse(peer);
  return address && std::any_of(networks_.begin(), networks_.end(),
                                [&](const IpNetwork& n) { return n.contains(*address); });
}

}  // namespace ox
