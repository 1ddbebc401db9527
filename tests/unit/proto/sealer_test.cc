#include "proto/sealer.h"

#include <vector>

#include <doctest/doctest.h>

namespace {
using namespace ox;

struct Sealed {
  FakeClock clock;
  std::vector<BatchPtr> batches;
  Sealer sealer{SealerOptions{1000, Millis(5)}, clock,
                [this](BatchPtr batch) { batches.push_back(std::move(batch)); }};
  void add(std::size_t size = 10) { sealer.add("type", "host", 1.0, std::string(size, 'x')); }
};

TEST_CASE("a lone event is sealed as soon as the input is dry") {
  Sealed s;
  s.add();
  CHECK(s.batches.empty());
  s.sealer.input_dry();
  REQUIRE(s.batches.size() == 1);
  CHECK(s.batches[0]->id() == BatchId{s.sealer.run(), 1});
  CHECK(s.sealer.in_flight() == 1);
}

TEST_CASE("while a batch is in flight, events wait for it to settle") {
  Sealed s;
  s.add();
  s.sealer.input_dry();
  s.add();
  s.sealer.input_dry();
  CHECK(s.batches.size() == 1);
  s.sealer.settled();
  REQUIRE(s.batches.size() == 2);
  CHECK(s.batches[1]->id().seq == 2);
}

TEST_CASE("events never wait longer than the delay") {
  Sealed s;
  s.add();
  s.sealer.input_dry();
  s.clock.advance(Millis(100));
  s.add();
  CHECK(s.sealer.deadline() == s.clock.mono() + Millis(5));
  s.clock.advance(Millis(4));
  s.sealer.on_deadline();
  CHECK(s.batches.size() == 1);
  s.clock.advance(Millis(1));
  s.sealer.on_deadline();
  CHECK(s.batches.size() == 2);
  CHECK_FALSE(s.sealer.deadline().has_value());
}

TEST_CASE("a full batch is sealed whatever is in flight") {
  Sealed s;
  for (int i = 0; i < 30; ++i) s.add(100);
  CHECK(s.batches.size() >= 3);
  std::uint64_t events = s.sealer.waiting_events();
  for (const BatchPtr& batch : s.batches) events += batch->event_count();
  CHECK(events == 30);
}

TEST_CASE("an event beyond the batch size gets a batch of its own") {
  Sealed s;
  s.add();
  s.add(kMaxEventBytes);
  s.sealer.flush();
  std::uint64_t events = 0;
  for (const BatchPtr& batch : s.batches) events += batch->event_count();
  CHECK(events == 2);
  CHECK(s.batches.back()->body_bytes() >= kMaxEventBytes);
}

}  // namespace
