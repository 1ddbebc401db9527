#include "oxctl/node_status.h"

#include <limits>

#include <doctest/doctest.h>

#include "tests/unit/oxctl/replies.h"

using namespace ox;
using namespace ox::test;

TEST_CASE("a BlueOx reply is read, and nothing is made up for what it lacks") {
  NodeStatus status = status_of(blueox_reply());
  CHECK(status.last == 1500000000.25);
  CHECK(status.lag == 0.5);
  REQUIRE(status.types.size() == 2);
  CHECK(status.types[0].name == "request");
  CHECK(status.types[1].name == "request.db");
  CHECK_FALSE(status.types[1].count);
  CHECK_FALSE(status.node);
  CHECK_FALSE(status.spool);
  CHECK_FALSE(status.streams);
  CHECK_FALSE(status.total(Loss::kDropped));
}

TEST_CASE("a full reply is read") {
  NodeStatus status = status_of(full_reply());
  REQUIRE(status.node);
  CHECK(status.node->name == "agent");
  CHECK(status.node->pid == 4242);
  REQUIRE(status.spool);
  CHECK(status.spool->limit == 12 << 20);
  REQUIRE(status.outputs.size() == 1);
  CHECK(status.outputs[0].node == "collector (aa)");
  CHECK(status.outputs[0].lag == 12.5);
  REQUIRE(status.peers.size() == 1);
  CHECK(status.peers[0].window == 1 << 20);
  CHECK(status.total(Loss::kRejected) == 3);
  CHECK(status.total(Loss::kDropped) == 10);
}

TEST_CASE("the first word of loss in a counter's name tells its kind") {
  CHECK(loss_of_counter("collect.rejected.version") == Loss::kRejected);
  CHECK(loss_of_counter("forward.rejected_batches") == Loss::kRejected);
  CHECK(loss_of_counter("spool.dropped.failed_disk") == Loss::kDropped);
  CHECK(loss_of_counter("write.failed") == Loss::kFailed);
  CHECK(loss_of_counter("collect.events") == Loss::kNone);
  CHECK(loss_of_counter("collect.not-dropped") == Loss::kNone);
  CHECK(loss_of_counter("") == Loss::kNone);
}

TEST_CASE("values of the wrong type are absent") {
  NodeStatus status = status_of(packed(
      map("last", "yesterday", "lag", list(1), "events", list(1, 2), "hosts",
          map("a", 5, "b", kNil), "node", "me", "ports", 7, "warnings", map(), "counters",
          map("x.dropped", "many", "y.dropped", -5, "z.dropped", 2.0), "spool", list(), "outputs",
          list(1, map("name", list(), "lag", "long")), "peers", "none", "streams", 1)));
  CHECK_FALSE(status.last);
  CHECK_FALSE(status.lag);
  CHECK(status.types.empty());
  REQUIRE(status.hosts.size() == 2);
  CHECK_FALSE(status.hosts[0].last);
  CHECK_FALSE(status.node);
  CHECK(status.counters.size() == 1);
  CHECK(status.total(Loss::kDropped) == 2);
  REQUIRE(status.outputs.size() == 1);
  CHECK(status.outputs[0].name.empty());
  CHECK_FALSE(status.outputs[0].lag);
  CHECK(status.peers.empty());
}

TEST_CASE("what is no map at all gives an empty status") {
  CHECK(status_of(packed(list(1, 2))).types.empty());
  CHECK(status_of(packed([](Packer& p) { p.pack(7); })).hosts.empty());
  CHECK_FALSE(status_of(packed(kNil)).last);
}

TEST_CASE("numbers that are not finite, or too large, are absent or capped") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  NodeStatus status =
      status_of(packed(map("last", nan, "lag", std::numeric_limits<double>::infinity(), "counters",
                           map("a.dropped", most, "b.dropped", most, "c.dropped", 1e300))));
  CHECK_FALSE(status.last);
  CHECK_FALSE(status.lag);
  CHECK(status.counters.size() == 2);
  CHECK(status.total(Loss::kDropped) == most);
}

TEST_CASE("every text in a status is fit for a terminal") {
  const std::string evil = "x\x1b]0;owned\x07";
  const std::string safe = "x\\x1b]0;owned\\x07";
  NodeStatus status = status_of(packed(
      map("events", map(evil, map()), "node", map("name", evil), "ports", map(evil, evil),
          "warnings", list(evil), "counters", map(evil, 1), "spool", map("reason", evil), "outputs",
          list(map("target", evil, "node", map("name", evil))), "peers", list(map("host", evil)))));
  CHECK(status.types.at(0).name == safe);
  CHECK(status.node->name == safe);
  CHECK(status.ports.at(0).first == safe);
  CHECK(status.ports.at(0).second == safe);
  CHECK(status.warnings.at(0) == safe);
  CHECK(status.counters.at(0).first == safe);
  CHECK(status.spool->reason == safe);
  CHECK(status.outputs.at(0).target == safe);
  CHECK(status.outputs.at(0).node == safe);
  CHECK(status.peers.at(0).host == safe);
}
