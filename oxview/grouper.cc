#include "oxview/grouper.h"

#include <utility>

namespace ox {

Grouper::Grouper(GroupRoots roots, std::size_t max_events, std::size_t max_bytes)
    : max_events_(max_events), max_bytes_(max_bytes), roots_(std::move(roots)) {}

void Grouper::forget(Groups::iterator group) {
  events_ -= group->events.size();
  bytes_ -= group->bytes;
  by_id_.erase(group->id);
  groups_.erase(group);
}

void Grouper::give_up_oldest() {
  given_up_ += groups_.front().events.size();
  forget(groups_.begin());
}

std::vector<std::string> Grouper::add(const std::string& id, const std::string& type,
                                      std::string_view bytes) {
  while (events_ > max_events_ || bytes_ > max_bytes_) give_up_oldest();
  auto known = by_id_.find(id);
  if (known == by_id_.end()) {
    groups_.push_back(Group{id, {}, {}, 0});
    known = by_id_.emplace(id, std::prev(groups_.end())).first;
  }
  Groups::iterator group = known->second;
  group->events.emplace_back(bytes);
  group->bytes += bytes.size();
  bytes_ += bytes.size();
  ++events_;
  if (!roots_.ends(id, type, group->types)) {
    if (roots_.needs_earlier()) group->types.push_back(type);
    return {};
  }
  std::vector<std::string> events;
  events_ -= group->events.size();
  events.swap(group->events);
  forget(group);
  return events;
}

}  // namespace ox
