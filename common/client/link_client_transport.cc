#include "common/client/link_client_transport.h"

#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

namespace ox {
namespace {

// A new node with every connection that is configured: there is nothing to keep an identity in.
NodeIdentity identity(const std::string& host) {
  return {Uuid::random(), Uuid::random(),
          fmt::format("{}[{}]", ::program_invocation_short_name, ::getpid()), host};
}

LinkPublisherOptions publisher_options(std::uint64_t memory_limit) {
  LinkPublisherOptions out;
  out.memory_limit = memory_limit;
  return out;
}

std::string names(const std::vector<Address>& addresses) {
  std::string out;
  for (const Address& address : addresses) out += (out.empty() ? "" : " or ") + address.to_string();
  return out;
}

}  // namespace

LinkClientTransport::LinkClientTransport(EventLoop& loop, const std::vector<Address>& receivers,
                                         const std::string& host, std::uint64_t memory_limit,
                                         ClientTransportOwner& owner)
    : owner_(owner),
      receivers_(names(receivers)),
      publisher_(context_, loop, identity(host), receivers, *this, metrics_, Clock::system(),
                 publisher_options(memory_limit)) {}

std::uint64_t LinkClientTransport::stop(Micros /*at_most*/) {
  publisher_.stop();
  return 0;
}

std::string LinkClientTransport::problem() const {
  switch (publisher_.state()) {
    case LinkState::kConnected:
      return publisher_.held_events() == 0 ? ""
                                           : "events were refused: " + publisher_.held_reason();
    case LinkState::kConnecting:
      return fmt::format("no link answers at {}", receivers_);
    case LinkState::kRefused:
      return fmt::format("{} refuses us: {}", publisher_.target().to_string(), publisher_.reason());
  }
  return "";
}

}  // namespace ox
