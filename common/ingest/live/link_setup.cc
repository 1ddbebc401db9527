#include "common/ingest/live/link_setup.h"

#include <fmt/format.h>
#include <unistd.h>

namespace ox {

NodeIdentity ingest_identity(const LinkFeedOptions& options) {
  return {Uuid::random(), Uuid::random(), fmt::format("{}[{}]", options.program, ::getpid()),
          options.node_name};
}

LinkPublisherOptions publisher_options(const LinkFeedOptions& options) {
  LinkPublisherOptions out;
  out.sealing.batch_bytes = options.batch_bytes;
  out.sealing.delay = options.batch_delay;
  out.memory_limit = options.spool_memory;
  return out;
}

std::vector<Address> addresses_of(const std::vector<Target>& hosts) {
  std::vector<Address> out;
  for (const Target& host : hosts) out.push_back(host.address);
  return out;
}

std::string names_of(const std::vector<Target>& hosts) {
  std::string out;
  for (const Target& host : hosts) out += (out.empty() ? "" : " or ") + host.address.to_string();
  return out;
}

std::string link_problem(const LinkPublisher& publisher, const std::string& receivers) {
  switch (publisher.state()) {
    case LinkState::kConnected:
      break;
    case LinkState::kConnecting:
      return fmt::format("no link answers at {}", receivers);
    case LinkState::kRefused:
      return fmt::format("{} refuses us: {}", publisher.target().to_string(), publisher.reason());
  }
  return "";
}

}  // namespace ox
