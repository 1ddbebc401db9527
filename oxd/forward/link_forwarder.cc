#include "oxd/forward/link_forwarder.h"

namespace ox {

static constexpr Micros kLookEvery = Seconds(600);

static WallTime now() { return Clock::system().wall(); }

void LinkForwarder::start() {
  timer_ = loop_.call_every(kLookEvery, [this] { sent_.look(now()); });
  sender_.start();
}

void LinkForwarder::stop(Micros) {
  if (timer_ == 0) return;
  loop_.cancel(timer_);
  timer_ = 0;
  sender_.stop();
  sent_.settle(now());
}

void LinkForwarder::give(BatchPtr batch, const RecordPlace& place) {
  std::optional<WallTime> first_sent = sent_.give(place.position, place.end, now());
  sender_.give(std::move(batch), first_sent);
}

void LinkForwarder::released(std::size_t count) {
  sent_.answered(count);
  owner_.released(*this, count);
}

void LinkForwarder::link_changed() {
  if (!connected()) sent_.settle(now());
  owner_.changed(*this);
}

std::uint64_t LinkForwarder::take_back() {
  sent_.taken_back();
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
