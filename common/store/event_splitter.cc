#include "common/store/event_splitter.h"

#include <algorithm>
#include <cstring>

#include "common/base/quantity.h"
#include "proto/event_view.h"

namespace ox {

static constexpr std::size_t kPieceBytes = 256 << 10;

EventSplitter::EventSplitter(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

std::span<char> EventSplitter::room() {
  std::size_t pending = unfinished();
  std::size_t piece = std::max(kPieceBytes, pending);
  if (capacity_ < pending + piece) {
    auto larger = std::make_unique_for_overwrite<char[]>(pending + piece);
    if (pending > 0) std::memcpy(larger.get(), buffer_.get() + begin_, pending);
    buffer_ = std::move(larger);
    capacity_ = pending + piece;
  } else if (pending > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, pending);
  }
  begin_ = 0;
  end_ = pending;
  return {buffer_.get() + end_, piece};
}

void EventSplitter::commit(std::size_t size) {
  OX_CHECK(size <= capacity_ - end_);
  end_ += size;
}

EventSplitter::Next EventSplitter::next(std::string_view& event) {
  if (!damage_.ok()) return Next::kDamaged;
  if (begin_ == end_) return Next::kMore;
  std::string_view rest(buffer_.get() + begin_, unfinished());
  auto length = msgpack_length(rest);
  if (length.ok() && *length <= max_event_bytes_) {
    event = rest.substr(0, *length);
    begin_ += *length;
    offset_ += *length;
    return Next::kEvent;
  }
  if (!length.ok() && length.status().code() == Code::kUnavailable &&
      rest.size() <= max_event_bytes_)
    return Next::kMore;
  damage_ = !length.ok() && length.status().code() != Code::kUnavailable
                ? length.status()
                : Status(Code::kTooLarge, "an event of over " + format_size(max_event_bytes_));
  return Next::kDamaged;
}

}  // namespace ox
