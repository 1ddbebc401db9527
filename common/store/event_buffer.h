#pragma once
// Events on their way to a file: their bytes one behind the other, and where each of them ends, so
// that after a short write the file can be cut at an event. Threading: one thread.
#include <cstddef>
#include <string_view>
#include <vector>

namespace ox {

class EventBuffer {
 public:
  struct Taken {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };

  void append(std::string_view event) {
    // Not a std::string, whose append() is a call (tests/bench/instructions.py, "write grouped").
    bytes_.insert(bytes_.end(), event.begin(), event.end());
    ends_.push_back(bytes_.size());
  }

  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  std::size_t size() const { return bytes_.size(); }
  std::size_t events() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  // What the buffer holds on to in memory.
  std::size_t capacity() const {
    return bytes_.capacity() + ends_.capacity() * sizeof(ends_.front());
  }

  // Takes off the events that lie wholly within the first `limit` bytes.
  Taken take_front(std::size_t limit);
  void clear();

 private:
  std::vector<char> bytes_;
  std::vector<std::size_t> ends_;  // offset in bytes_ behind each event
};

}  // namespace ox
