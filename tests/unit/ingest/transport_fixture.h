#pragma once
// The owner of a transport, on a loop of its own.
#include <string>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/live/transport.h"

namespace ox {

struct TransportFixture : TransportOwner {
  void room() override { ++rooms; }
  void progressed() override { ++progress; }

  static IngestEvent event(std::string_view body, std::string_view type = "type",
                           std::string_view host = "host") {
    return {type, host, 1.5, body, 0, {}};
  }
  static bool offer(Transport& transport, std::string_view body) {
    return transport.add(event(body)) == EventSink::Answer::kTaken;
  }

  template <typename Condition>
  bool until(Condition condition) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(20));
    }
    return true;
  }

  EventLoop loop;
  Metrics metrics;
  int rooms = 0;
  int progress = 0;
};

}  // namespace ox
