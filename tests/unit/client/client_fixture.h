#pragma once
// The client library, configured for one test with a sink that keeps the events.
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <oxd/client.h>

#include "tests/unit/client/seen_event.h"

namespace ox {

// What a KeepingSink was given; it outlives the sink. Any thread.
struct Kept {
  std::mutex mu;
  std::vector<ClientEvent> events;
  SubmitResult answer = SubmitResult::kTaken;
  int shutdowns = 0;
};

class KeepingSink : public ClientSink {
 public:
  explicit KeepingSink(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}
  SubmitResult submit(ClientEvent event) override {
    std::lock_guard lock(kept_->mu);
    if (kept_->answer == SubmitResult::kTaken) kept_->events.push_back(std::move(event));
    return kept_->answer;
  }
  SinkStats stats() const override {
    std::lock_guard lock(kept_->mu);
    SinkStats out;
    out.sent = kept_->events.size();
    return out;
  }
  void shutdown(std::chrono::milliseconds) override {
    std::lock_guard lock(kept_->mu);
    ++kept_->shutdowns;
  }

 private:
  std::shared_ptr<Kept> kept_;
};

struct ClientFixture {
  ClientFixture() {
    ClientOptions options;
    options.host_name = "web-1";
    options.random = [this] {
      REQUIRE(!draws.empty());
      double draw = draws.front();
      draws.pop_front();
      return draw;
    };
    REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept), options));
    misuses_before = stats().misuses;
  }
  ~ClientFixture() { shutdown(); }

  std::size_t count() const { return kept->events.size(); }
  SeenEvent event(std::size_t index) const { return see(kept->events.at(index).body); }
  std::vector<std::string> types() const {
    std::vector<std::string> out;
    for (const ClientEvent& each : kept->events) out.push_back(each.type);
    return out;
  }
  // The body of the last event.
  std::string last_body() const { return event(count() - 1).body; }
  std::uint64_t misuses() const { return stats().misuses - misuses_before; }

  std::shared_ptr<Kept> kept = std::make_shared<Kept>();
  std::deque<double> draws;  // those that sampling gets; one too many is a failure
  std::uint64_t misuses_before = 0;
};

using Types = std::vector<std::string>;

}  // namespace ox
