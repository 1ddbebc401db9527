#pragma once
// The Lumberjack protocol, version 2, as Elastic's Beats speak it, and version 1, as
// logstash-forwarder does (github.com/logstash-plugins/logstash-input-beats/blob/main/PROTOCOL.md).
// Frames: two bytes, the version and the kind, then integers of 32 bits, big-endian:
//   W count                     so many events follow, and are answered together
//   J sequence, length, JSON    an event (version 2)
//   D sequence, pairs, (length, key, length, value)...    an event (version 1)
//   C length, zlib              more frames, compressed
// What is compressed is unpacked piece by piece, as it comes.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/content_decoder.h"

namespace ox {

struct LumberjackLimits {
  std::uint32_t window = 10'000;      // events
  std::size_t event = 16 << 20;       // bytes of a J or D frame
  std::uint64_t inflated = 32 << 20;  // bytes of what one C frame becomes
};

// Not thread-safe. Memory: a decoder, and the longest compressed event.
class LumberjackReader {
 public:
  enum class Answer {
    kWindow,
    kEvent,
    kMore,    // `bytes` end inside a frame
    kBroken,  // status(); for good
  };
  struct Frame {
    char version = '2';
    std::uint32_t number = 0;  // the count of a window, the sequence of an event
    std::string_view json;     // J
    std::string_view pairs;    // D: one MessagePack map
  };

  explicit LumberjackReader(const LumberjackLimits& limits = {}) : limits_(limits) {}

  // The next frame from the front of `bytes`, which is moved behind what was used. What `frame`
  // views is valid until the next call, as long as the bytes are there.
  Answer next(std::string_view& bytes, Frame& frame);
  // After kMore: of no use is another call before so many bytes are there.
  std::size_t wanted() const { return wanted_; }
  // There may be frames left that next() needs no more bytes for.
  bool inside() const { return decoder_ != nullptr; }
  const Status& status() const { return status_; }

 private:
  Answer broken(Code code, std::string message);
  Answer read_frame(std::string_view& bytes, bool inside, Frame& frame);
  Answer read_pairs(std::string_view& bytes, Frame& frame);
  Answer next_inflated(std::string_view& bytes, Frame& frame);

  const LumberjackLimits limits_;
  std::size_t wanted_ = 0;
  std::unique_ptr<ContentDecoder> decoder_;  // inside a C frame
  std::size_t deflated_left_ = 0;            // bytes of it that have not come
  std::uint64_t made_ = 0;                   // bytes that came out of it
  std::string inflated_;
  std::size_t used_ = 0;  // of inflated_
  std::string pairs_;
  Status status_;
};

}  // namespace ox
