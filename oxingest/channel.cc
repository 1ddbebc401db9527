#include "oxingest/channel.h"

#include <algorithm>
#include <utility>

namespace ox {

EventSink::Answer Channel::add(const IngestEvent& event) {
  Answer answer = transport_->add(event);
  if (sent_positions_ && answer == Answer::kTaken) sent_positions_->taken(event);
  return answer;
}

void Channel::input_dry() {
  transport_->input_dry();
  changed_();  // this may be the end of the source
}

void Channel::room() {
  for (EventSource* source : sources_) source->resume();
  if (gate_) gate_->progressed();
  changed_();
}

void Channel::progressed() {
  if (gate_) gate_->progressed();
  changed_();
}

void Channel::stop_sources() {
  for (EventSource* source : sources_) source->stop();
  transport_->input_dry();
}

bool Channel::finish_when_ended() {
  if (finishing_) return false;
  bool ended = std::all_of(sources_.begin(), sources_.end(),
                           [](const EventSource* source) { return source->finished(); });
  if (!ended) return false;
  if (gate_) gate_->stop();
  finishing_ = true;
  transport_->finish();
  return true;
}

bool Channel::moved() {
  std::uint64_t waiting = transport_->figures().waiting;
  return std::exchange(waiting_, waiting) > waiting;
}

Status Channel::record_sent(bool all) {
  if (!sent_positions_) return ok_status();
  return sent_positions_->record(transport_->figures().done, all);
}

}  // namespace ox
