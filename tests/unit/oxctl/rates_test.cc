#include "oxctl/rates.h"

#include <doctest/doctest.h>

#include "tests/unit/oxctl/replies.h"

using namespace ox;
using namespace ox::test;

namespace {

Sample sample(Micros at, const std::string& reply) { return {at, status_of(reply)}; }

}  // namespace

TEST_CASE("rates are differences over the time between the replies") {
  const Sample before = sample(Seconds(10), full_reply(1000));
  const NodeRates rates = rates_between(&before, sample(Seconds(12), full_reply(5000)));
  CHECK(rates.events == 2000.0);
  CHECK(rates.bytes == 200'000.0);
  CHECK(rates.drops == 20.0);
  REQUIRE(rates.types.size() == 1);
  CHECK(rates.types[0].events == 2000.0);
}

TEST_CASE("one sample gives the types, and no rate") {
  const NodeRates rates = rates_between(nullptr, sample(Seconds(1), full_reply()));
  CHECK_FALSE(rates.events);
  REQUIRE(rates.types.size() == 1);
  CHECK_FALSE(rates.types[0].events);
}

TEST_CASE("a node that restarted starts again") {
  const Sample before = sample(Seconds(10), full_reply(1000, "boot-1"));
  const NodeRates rates = rates_between(&before, sample(Seconds(11), full_reply(9000, "boot-2")));
  CHECK_FALSE(rates.events);
  CHECK_FALSE(rates.drops);
  CHECK_FALSE(rates.types.at(0).events);
}

TEST_CASE("a count that went back gives no rate, never a negative one") {
  const Sample before = sample(Seconds(10), full_reply(1000));
  const NodeRates rates = rates_between(&before, sample(Seconds(11), full_reply(400)));
  CHECK_FALSE(rates.events);
  CHECK_FALSE(rates.drops);
}

TEST_CASE("replies of the same moment give no rate") {
  const Sample before = sample(Seconds(10), full_reply(1000));
  CHECK_FALSE(rates_between(&before, sample(Seconds(10), full_reply(2000))).events);
}

TEST_CASE("a type that is new counts from nothing") {
  const Sample before = sample(Seconds(0), packed(map("node", map(), "events", map())));
  const Sample now = sample(
      Seconds(2), packed(map("node", map(), "events", map("a", map("count", 10, "bytes", 40)))));
  const NodeRates rates = rates_between(&before, now);
  CHECK(rates.types.at(0).events == 5.0);
  CHECK(rates.types.at(0).bytes == 20.0);
}

TEST_CASE("a quiet node has the rate zero; a BlueOx oxd has none") {
  const std::string quiet = packed(map("node", map("boot_id", "b"), "events", map()));
  const Sample before = sample(Seconds(0), quiet);
  CHECK(rates_between(&before, sample(Seconds(1), quiet)).events == 0.0);
  const Sample old = sample(Seconds(0), blueox_reply());
  CHECK_FALSE(rates_between(&old, sample(Seconds(1), blueox_reply())).events);
}

TEST_CASE("the fastest type comes first, then the one with more events, then by name") {
  auto reply = [](int fast) {
    return packed(map("events", map("d", map("count", 5), "c", map("count", 5), "b",
                                    map("count", 50), "a", map("count", fast))));
  };
  const Sample before = sample(Seconds(0), reply(1));
  const NodeRates rates = rates_between(&before, sample(Seconds(1), reply(4)));
  std::string order;
  for (const TypeRate& type : rates.types) order += type.activity.name;
  CHECK(order == "abcd");
}
