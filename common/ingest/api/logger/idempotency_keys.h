#pragma once
// Which events with an idempotency key this process has taken lately, so that one that a client sends
// again is answered with the id of the first.
// Bounds: the latest kRemembered keys, in memory. What is older, or was sent to another process or
// before a restart, is taken as new.
// Threading: any thread.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/ingest/event_gate.h"

namespace ox {

class IdempotencyKeys {
 public:
  static constexpr std::size_t kRemembered = 65'536;

  explicit IdempotencyKeys(std::size_t remembered = kRemembered) : remembered_(remembered) {}

  enum class Claim {
    kNew,       // store it, under `id` when that is not empty: it may be stored under that already;
                // then settle()
    kStored,    // it is stored under `id`
    kUnderWay,  // nobody knows yet
    kOther,     // the key was used for another event
  };
  // digest: of the event. `id` is set with kStored, and with kNew when it is in doubt.
  Claim claim(const std::string& key, std::uint64_t digest, std::string& id);
  // What became of the event whose claim was kNew.
  void settle(const std::string& key, const std::string& id, Delivery delivery);

 private:
  enum class State { kUnderWay, kStored, kInDoubt };
  struct Entry {
    std::uint64_t digest = 0;
    State state = State::kUnderWay;
    std::string id;
  };

  const std::size_t remembered_;
  std::mutex mu_;
  std::unordered_map<std::string, Entry> entries_;  // guarded by mu_
  std::deque<std::string> order_;                   // guarded by mu_: keys, the oldest first
};

}  // namespace ox
