#pragma once
// Collects events by their id until the root event of the group arrives (BlueOx's --group).
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "oxview/group_roots.h"

namespace ox {

inline constexpr std::size_t kMaxGroupedEvents = 1000;
inline constexpr std::size_t kMaxGroupedBytes = 256 << 20;

// Threading: one thread.
// Bounds:    before an event is added, the oldest groups are given up while more than `max_events`
//            events, or `max_bytes` bytes of them, are held. They are counted, not given out.
class Grouper {
 public:
  explicit Grouper(GroupRoots roots, std::size_t max_events = kMaxGroupedEvents,
                   std::size_t max_bytes = kMaxGroupedBytes);

  // Adds an event; `bytes` are copied. When it ends its group: the events of the group in the order
  // they came, this one last. Otherwise nothing.
  std::vector<std::string> add(const std::string& id, const std::string& type,
                               std::string_view bytes);

  // Events of groups that were given up.
  std::uint64_t given_up() const { return given_up_; }
  // Events of groups whose root did not arrive yet.
  std::size_t held() const { return events_; }

 private:
  struct Group {
    std::string id;
    std::vector<std::string> types;
    std::vector<std::string> events;
    std::size_t bytes = 0;
  };
  using Groups = std::list<Group>;

  void give_up_oldest();
  void forget(Groups::iterator group);

  const std::size_t max_events_;
  const std::size_t max_bytes_;
  GroupRoots roots_;
  Groups groups_;  // oldest first
  std::unordered_map<std::string, Groups::iterator> by_id_;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace ox
