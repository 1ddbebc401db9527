#pragma once
// Lines as events, the way BlueOx's oxingest makes them: {id, type, host, pid, start, end,
// body: {"data": line}} in the old MessagePack spec (raw only, no str8, no bin), so that any byte
// survives. A line cut into pieces gives one event each; all carry the same id, and all but the
// last have "partial": true in their body.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace ox {

// Ids as BlueOx clients draw them: 8 hex digits of Unix seconds, then 24 random ones. Unique, not
// secret: a generator seeded from the kernel, as a system call for every line would cost more than
// the rest of the event (xoshiro256**, Blackman and Vigna 2018, prng.di.unimi.it).
class EventIds {
 public:
  static constexpr std::size_t kSize = 32;

  EventIds();
  // Writes kSize characters.
  void next(WallTime at, char* out);

 private:
  std::uint64_t random();
  std::array<std::uint64_t, 4> state_;
};

// Makes the event bodies of one (type, host). Not thread-safe.
class LineEventEncoder {
 public:
  LineEventEncoder(std::string_view type, std::string_view host);

  const std::string& type() const { return type_; }
  const std::string& host() const { return host_; }

  // Appends one event to `out`; start and end are both `at`. `starts`: `data` begins a line, and
  // the event gets an id of its own; otherwise it gets that of the event before. `ends`: `data`
  // ends it.
  void append(std::string& out, std::string_view data, bool starts, bool ends, WallTime at);

 private:
  std::string type_;
  std::string host_;
  std::string head_;  // the event up to and including the key "body"; id, start and end to be set
  std::size_t id_at_ = 0;
  std::size_t start_at_ = 0;
  std::size_t end_at_ = 0;
  EventIds ids_;
  bool has_id_ = false;
};

}  // namespace ox
