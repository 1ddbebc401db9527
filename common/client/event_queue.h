#pragma once
// Events from the application's threads to the one that sends them. Bounded: what is counted is all
// that was pushed and not settled, so also what was taken and waits for its acknowledgement.
// Threading: any thread.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <oxd/sink.h>

namespace ox {

class EventQueue {
 public:
  EventQueue(std::size_t max_events, std::size_t max_bytes)
      : max_events_(max_events), max_bytes_(max_bytes) {}

  // kFull when it would go over a limit, or after close(). Nothing in hand: any event fits. Sets
  // `first` when take() would have found nothing before: someone should be told.
  SubmitResult push(ClientEvent event, bool& first);
  // All that were pushed since, in order.
  std::vector<ClientEvent> take();
  // These were taken, and need not be counted any more.
  void settle(std::uint64_t events, std::uint64_t bytes);
  // Nothing can be pushed from now on.
  void close();

  std::uint64_t events() const;  // not settled
  std::uint64_t bytes() const;
  // What an event counts.
  static std::uint64_t cost(const ClientEvent& event) {
    return event.type.size() + event.host.size() + event.body.size();
  }

 private:
  const std::size_t max_events_;
  const std::size_t max_bytes_;
  mutable std::mutex mu_;  // what follows
  std::vector<ClientEvent> waiting_;
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace ox
