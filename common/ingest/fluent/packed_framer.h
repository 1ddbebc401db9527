#pragma once
// Where the MessagePack values end that come one behind the other over a connection, however its
// bytes are cut. Every byte is looked at once: a value that arrives in small pieces costs no more
// than one that arrives whole, and the bytes inside a text or a binary are not looked at at all.
//
//   framer.look(bytes): the value at the front of `bytes` is framer.size() long, or goes on
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

// Not thread-safe. Memory: its own size, 2 KiB.
class PackedFramer {
 public:
  enum class Answer {
    kWhole,   // the value is size() bytes long; the next look() is at the one behind it
    kMore,    // `bytes` end inside it: look again, from its first byte on, when there are more
    kBroken,  // status(): kCorrupt (not MessagePack), kTooLarge (bytes, or depth); for good
  };

  // max_depth: of containers, at most kMaxEventDepth. max_bytes: of one value; a value that says
  // that it will be longer is broken before its bytes have come.
  PackedFramer(std::size_t max_depth, std::size_t max_bytes);

  Answer look(std::string_view bytes);
  std::size_t size() const { return at_; }
  // After kMore: of no use is another look before so many bytes are there.
  std::size_t wanted() const { return wanted_; }
  const Status& status() const { return status_; }

 private:
  void skip_plain(std::string_view bytes);
  Answer more(std::size_t wanted);
  Answer broken(Code code, const char* what);

  const std::size_t max_depth_;
  const std::size_t max_bytes_;
  bool ended_ = true;   // at_ is the end of a value that was handed out
  std::size_t at_ = 0;  // bytes of the value that were looked at
  std::size_t wanted_ = 1;
  std::size_t depth_ = 0;
  std::array<std::uint64_t, kMaxEventDepth> left_;  // values to come, by nesting
  Status status_;
};

}  // namespace ox
