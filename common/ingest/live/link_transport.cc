#include "common/ingest/live/link_transport.h"

#include <fmt/format.h>

#include "common/ingest/live/link_setup.h"

namespace ox {

LinkTransport::LinkTransport(EventLoop& loop, const LinkFeedOptions& options, TransportOwner& owner,
                             Metrics& metrics)
    : owner_(owner),
      receivers_(names_of(options.hosts)),
      publisher_(context_, loop, ingest_identity(options), addresses_of(options.hosts), *this,
                 metrics, Clock::system(), publisher_options(options)) {}

EventSink::Answer LinkTransport::add(const IngestEvent& event) {
  return publisher_.add(event.type, event.host, event.end, event.body) ? Answer::kTaken
                                                                       : Answer::kFull;
}

TransportFigures LinkTransport::figures() const {
  return {publisher_.taken_events(), publisher_.acked_events(), publisher_.held_events(),
          publisher_.waiting_events()};
}

std::string LinkTransport::problem() const { return link_problem(publisher_, receivers_); }

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
