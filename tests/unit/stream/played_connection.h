#pragma once
// A connection for tests of sessions: it keeps what the session does, and a test plays the engine
// and the next hop.
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/metrics.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

// Takes everything, and keeps the bodies.
class PlayedGate : public EventGate {
 public:
  void submit(EventGroup group, Done done) override {
    keep(group);
    if (done) done(Delivery::kSafe);
  }
  void hand_over(EventGroup group, Taken taken, Done done) override {
    keep(group);
    if (taken) taken();
    if (done) done(Delivery::kSafe);
  }
  void keep(const EventGroup& group) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      types.emplace_back(group[i].type);
      hosts.emplace_back(group[i].host);
      bodies.emplace_back(group[i].body);
    }
  }

  std::vector<std::string> types, hosts, bodies;
};

class PlayedConnection : public StreamConnection {
 public:
  const StreamPeer& peer() const override { return peer_; }
  void send(std::string_view bytes) override { sent += bytes; }
  void submit(EventGroup group, std::function<void(Delivery)> done) override {
    submit_watched(std::move(group), std::move(done));
  }
  void submit_watched(EventGroup group, std::function<void(Delivery)> done) override {
    gate.keep(group);
    under_way.push_back(std::move(done));
  }
  bool full() const override { return under_way.size() >= most_under_way; }
  void end() override { ended = true; }
  void abort() override { aborted = true; }

  // The next hop answers the first `count` groups that are under way.
  void answer(std::size_t count = SIZE_MAX, Delivery delivery = Delivery::kSafe) {
    for (; count > 0 && !under_way.empty(); --count) {
      auto done = std::move(under_way.front());
      under_way.pop_front();
      done(delivery);
    }
  }

  // As the engine gives it to a session: all that is not consumed yet, at a new place every time.
  void feed(StreamSession& session, std::string_view bytes) {
    rest.append(bytes);
    if (rest.size() < session.needs() || ended || aborted) return;
    const std::string offered = rest;
    rest.erase(0, session.consume(offered));
  }

  PlayedGate gate;  // of what was submitted
  std::deque<std::function<void(Delivery)>> under_way;
  std::size_t most_under_way = SIZE_MAX;
  std::string sent;
  std::string rest;
  bool ended = false;
  bool aborted = false;
  StreamPeer peer_{"client-1", "192.0.2.7:4711", 4711};
};

// An outlet whose events land in `gate`.
struct PlayedOutlet {
  PlayedGate gate;
  Metrics metrics;
  EventOutlet outlet{gate, metrics.counter("outlet"), [](std::function<void()> run) { run(); },
                     [] {}};
};

}  // namespace ox
