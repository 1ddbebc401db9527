#include "oxingest/link_transport.h"

#include <fmt/format.h>
#include <unistd.h>

namespace ox {
namespace {

// A new node at every start: there is nothing to keep an identity in.
NodeIdentity identity(const IngestOptions& options) {
  return {Uuid::random(), Uuid::random(), fmt::format("oxingest[{}]", ::getpid()),
          options.node_name};
}

std::vector<Address> links(const IngestOptions& options) {
  std::vector<Address> out;
  for (const IngestTarget& host : options.hosts) out.push_back(host.link());
  return out;
}

LinkPublisherOptions publisher_options(const IngestOptions& options) {
  LinkPublisherOptions out;
  out.sealing.batch_bytes = options.batch_bytes;
  out.sealing.delay = options.batch_delay;
  out.memory_limit = options.spool_memory;
  return out;
}

std::string names(const std::vector<Address>& addresses) {
  std::string out;
  for (const Address& address : addresses) out += (out.empty() ? "" : " or ") + address.to_string();
  return out;
}

}  // namespace

LinkTransport::LinkTransport(EventLoop& loop, const IngestOptions& options, TransportOwner& owner)
    : owner_(owner),
      receivers_(names(links(options))),
      publisher_(context_, loop, identity(options), links(options), *this, metrics_,
                 Clock::system(), publisher_options(options)) {}

EventSink::Answer LinkTransport::add(const IngestEvent& event) {
  return publisher_.add(event.type, event.host, event.end, event.body) ? Answer::kTaken
                                                                       : Answer::kFull;
}

TransportFigures LinkTransport::figures() const {
  return {publisher_.taken_events(), publisher_.acked_events(), publisher_.held_events(),
          publisher_.waiting_events()};
}

std::string LinkTransport::problem() const {
  switch (publisher_.state()) {
    case LinkState::kConnected:
      break;
    case LinkState::kConnecting:
      return fmt::format("no link answers at {}", receivers_);
    case LinkState::kRefused:
      return fmt::format("{} refuses us: {}", publisher_.target().to_string(), publisher_.reason());
  }
  return "";
}

std::string LinkTransport::loss() const {
  TransportFigures now = figures();
  std::string out;
  if (now.waiting > 0) {
    out = events_were(now.waiting) + " not acknowledged";
    if (std::string why = problem(); !why.empty()) out += ": " + why;
  }
  if (now.refused > 0)
    out += fmt::format("{}{} refused: {}", out.empty() ? "" : "; ", events_were(now.refused),
                       publisher_.held_reason());
  return out;
}

}  // namespace ox
