#pragma once
// What STATUS says of the events a node has taken: by type and by host, and of the newest.
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/spool/segment.h"

namespace ox {

struct EventFigures {
  double last = 0;  // `end` of the newest event, by its sender's clock
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;    // of bodies
  std::uint64_t dropped = 0;  // given up, whether they had been taken or not
};

// A map that forgets the entry longest without news when it is full. Threading: its owner's.
class RecentFigures {
 public:
  explicit RecentFigures(std::size_t limit) : limit_(limit) {}
  void add(std::string_view name, const EventFigures& more);
  const std::list<std::pair<std::string, EventFigures>>& entries() const { return entries_; }

 private:
  std::size_t limit_;
  std::list<std::pair<std::string, EventFigures>> entries_;  // newest news first
  std::unordered_map<std::string_view, std::list<std::pair<std::string, EventFigures>>::iterator>
      by_name_;  // keys live in entries_
};

// Threading: thread-safe.
class Statistics {
 public:
  explicit Statistics(std::size_t limit = 10'000) : types_(limit), hosts_(limit) {}

  void accepted(const SpoolRecord& record);
  void dropped(const Batch& batch);

  struct Snapshot {
    std::optional<double> last;  // when the newest event was taken, Unix seconds
    std::optional<double> lag;   // and how long that was after its `end`
    std::uint64_t events = 0;    // taken since the start
    std::list<std::pair<std::string, EventFigures>> types;
    std::list<std::pair<std::string, EventFigures>> hosts;
  };
  Snapshot snapshot() const;

 private:
  mutable std::mutex mu_;
  RecentFigures types_;
  RecentFigures hosts_;
  std::optional<double> last_;
  std::optional<double> lag_;
  std::uint64_t events_ = 0;
};

}  // namespace ox
