#include "oxingest/sent_positions.h"

#include <algorithm>
#include <map>
#include <utility>

namespace ox {

void SentPositions::taken(const IngestEvent& event) {
  ++taken_;
  bool goes_on = !marks_.empty() && marks_.back().source == event.source &&
                 taken_ - marks_.back().first < kStep;
  if (!goes_on) marks_.push_back({0, event.source, "", taken_});
  marks_.back().number = taken_;
  marks_.back().position.assign(event.position);
}

Status SentPositions::record(std::uint64_t sent, bool all) {
  std::uint64_t safe = all ? sent : sent - std::min(sent, kInDoubt);
  std::map<SourceNumber, std::string> newest;
  while (!marks_.empty() && marks_.front().number <= safe) {
    newest[marks_.front().source] = std::move(marks_.front().position);
    marks_.pop_front();
  }
  for (const auto& [source, position] : newest)
    OX_RETURN_IF_ERROR(state_.journals[source]->record_position(position));
  return ok_status();
}

}  // namespace ox
