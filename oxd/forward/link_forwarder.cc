#include "oxd/forward/link_forwarder.h"

namespace ox {

std::uint64_t LinkForwarder::take_back() {
  std::uint64_t in_doubt = 0;
  for (const LinkSender::Unacked& unacked : sender_.take_unacked())
    if (unacked.sent) in_doubt += unacked.batch->event_count();
  return in_doubt;
}

ForwarderState LinkForwarder::state() const {
  ForwarderState state;
  state.state = link_state_name(sender_.state());
  state.reason = sender_.reason();
  state.in_flight_bytes = sender_.unacked_bytes();
  if (const auto& peer = sender_.peer()) {
    state.ack_meaning = ack_meaning_name(peer->ack_meaning);
    state.peer_name = peer->node_name;
    state.peer_id = peer->node_id;
  }
  return state;
}

std::vector<Uuid> LinkForwarder::reaches() const {
  if (!connected() || !sender_.peer()) return {};
  std::vector<Uuid> nodes = sender_.peer()->downstream;
  nodes.push_back(sender_.peer()->node_id);
  return nodes;
}

}  // namespace ox
