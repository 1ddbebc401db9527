#pragma once
// Finds the events in a stream of concatenated MessagePack values that arrives in pieces: a log
// file, or a program's standard input. Threading: one thread. Bounds:    holds one piece, or one
// unfinished event of up to the limit, and half as much again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// No event in a file is longer; oxd takes none over 64 MiB on any socket.
inline constexpr std::size_t kMaxStoredEventBytes = 64 << 20;

class EventSplitter {
 public:
  enum class Next {
    kEvent,
    kMore,     // the bytes so far are used up, but for an unfinished event perhaps
    kDamaged,  // see damage(); nothing more can be found
  };

  explicit EventSplitter(std::size_t max_event_bytes = kMaxStoredEventBytes);

  // Where the next bytes of the stream go. It grows with an unfinished event, so that whoever fills
  // all of it before calling next() has each byte looked at a bounded number of times. Invalidates
  // every event given out.
  std::span<char> room();
  // `size` bytes were put at the front of room().
  void commit(std::size_t size);

  // On kEvent, `event` is valid until room() is called.
  Next next(std::string_view& event);

  // Of the first byte that no event given out covers, from the front of the stream.
  std::uint64_t offset() const { return offset_; }
  // How many bytes of an unfinished event there are.
  std::size_t unfinished() const { return end_ - begin_; }
  // After kDamaged: kCorrupt or kTooLarge, without the offset.
  const Status& damage() const { return damage_; }

 private:
  std::size_t max_event_bytes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // bytes [begin_, end_) of the buffer are not given out yet
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  Status damage_;
};

}  // namespace ox
