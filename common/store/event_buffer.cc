#include "common/store/event_buffer.h"

#include <algorithm>

namespace ox {

EventBuffer::Taken EventBuffer::take_front(std::size_t limit) {
  if (limit >= bytes_.size()) {
    Taken all{ends_.size(), bytes_.size()};
    clear();
    return all;
  }
  auto rest = std::upper_bound(ends_.begin(), ends_.end(), limit);
  if (rest == ends_.begin()) return {};
  Taken taken{static_cast<std::size_t>(rest - ends_.begin()), *(rest - 1)};
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken.bytes));
  ends_.erase(ends_.begin(), rest);
  for (std::size_t& end : ends_) end -= taken.bytes;
  return taken;
}

void EventBuffer::clear() {
  bytes_.clear();
  ends_.clear();
}

}  // namespace ox
