#pragma once
// --context: which events around one that is selected are shown with it.
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace ox {

inline constexpr std::size_t kMaxContextEvents = 10'000;
inline constexpr std::size_t kMaxContextBytes = 64 << 20;

// Bounds: keeps copies of the last `events` events that were not shown, and of no more than
// kMaxContextBytes bytes: where they are that large, fewer stand in front of a match.
class ContextWindow {
 public:
  explicit ContextWindow(std::size_t events) : events_(events) {}

  // What follows are no neighbours of what came before.
  void begin_source();

  // An event that is selected is to be shown behind those of before(), which are forgotten then.
  void begin_match(std::deque<std::string>& before);
  // True when events were left out between those shown before and those of this match.
  bool take_gap();

  // One that is not selected: true when it is to be shown, since it follows a match.
  bool follows(std::string_view event);
  // True when all that follow the last match were shown.
  bool complete() const { return left_ == 0; }

 private:
  const std::size_t events_;
  std::deque<std::string> before_;
  std::size_t bytes_ = 0;
  std::size_t left_ = 0;  // to be shown behind the last match
  bool shown_some_ = false;
  bool left_out_ = false;
};

}  // namespace ox
