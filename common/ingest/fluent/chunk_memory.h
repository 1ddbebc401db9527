#pragma once
// Which chunks have been taken already: a client that missed an acknowledgement sends the chunk
// again, over a new connection, and its events must not be stored twice.
//
//   switch (memory.claim(chunk)) {
//     case kNew:      submit its events; memory.settle(chunk, ...) when they are safe, or lost
//     case kUnderWay: memory.wait(chunk, ...)
//     case kSafe:     acknowledge it
//   }
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ox {

// Not thread-safe. Bounds: of those that are safe the last `remembered`; names over kLongestChunk
// bytes are always new.
class ChunkMemory {
 public:
  enum class Claim { kNew, kUnderWay, kSafe };
  static constexpr std::size_t kLongestChunk = 512;

  explicit ChunkMemory(std::size_t remembered = 32'768) : remembered_(remembered) {}

  Claim claim(std::string_view chunk);
  // `done` is told once what becomes of a chunk that is under way.
  void wait(std::string_view chunk, std::function<void(bool safe)> done);
  // A chunk that is not safe is forgotten: sent again, it is new.
  void settle(std::string_view chunk, bool safe);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct State {
    bool safe = false;
    std::vector<std::function<void(bool)>> waiting;
  };

  const std::size_t remembered_;
  std::unordered_map<std::string, State, Hash, std::equal_to<>> chunks_;
  std::deque<std::string> safe_;  // the oldest first
};

// What is told apart: the sender, its name for the chunk, and what it is a name for, so that one
// who uses a name twice loses nothing.
std::string chunk_key(std::string_view host, std::string_view tag, std::string_view chunk,
                      std::string_view payload, bool gzip);

}  // namespace ox
