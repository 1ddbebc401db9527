#pragma once
// The entries of a Forward message, one after the other, where they lie: nothing is decoded, and of
// what is compressed only a piece is there at a time.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/content_decoder.h"
#include "common/ingest/fluent/forward_message.h"

namespace ox {

// What a compressed message may become, and an entry of it be, in bytes.
struct ForwardLimits {
  std::uint64_t inflated = 256 << 20;
  std::size_t entry = 16 << 20;
};

// Not thread-safe. Memory: nothing for what is not compressed; otherwise the decoder's, and twice
// the longest entry.
class ForwardEntries {
 public:
  enum class Answer {
    kEntry,
    kInvalid,  // no entry; those behind it are looked at all the same
    kEnd,
    kBroken,  // status(): nothing can be made of the rest
  };
  struct Entry {
    ForwardTime time;
    RawValue record;  // a map
  };

  // `message` and its bytes must outlive this.
  explicit ForwardEntries(const ForwardMessage& message, const ForwardLimits& limits = {});

  // What `entry` views is valid until the next call.
  Answer next(Entry& entry);
  const Status& status() const { return status_; }

  // The bytes of the message lie elsewhere now: `to` is where `from` was.
  void moved(const char* from, const char* to);

 private:
  Answer broken(Code code, std::string message);
  bool read_more();
  bool inflate(std::size_t wanted);

  const ForwardLimits limits_;
  ForwardMessage::Mode mode_;
  RawValue time_, record_;  // kMessage
  bool compressed_ = false;
  std::string_view rest_;  // entries; of what is compressed, those that lie in inflated_
  std::size_t left_ = 0;   // kMessage, kForward: elements

  std::unique_ptr<ContentDecoder> decoder_;
  std::string_view deflated_;  // what the decoder has not had
  std::string inflated_;
  std::uint64_t inflated_bytes_ = 0;  // ever
  Status status_;
};

}  // namespace ox
