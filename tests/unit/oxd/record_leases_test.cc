#include "oxd/control/record_leases.h"

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

constexpr const char* kFile = "/spool/record-ids";

struct RecordLeasesFixture {
  RecordLeasesFixture() {
    REQUIRE(disk.make_directories("/spool").ok());
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~RecordLeasesFixture() { set_log_sink(nullptr); }

  RecordLeases start(bool fresh = false) {
    RecordLeases leases(disk, clock, metrics);
    leases.open("/spool", fresh);
    return leases;
  }
  static RecordIdRequest ask(std::uint32_t lanes = 4) {
    RecordIdRequest request;
    request.lanes = lanes;
    return request;
  }
  static RecordLease lease(RecordLeases& leases, const RecordIdRequest& request = ask()) {
    auto reply = leases.answer(request);
    REQUIRE(reply.ok());
    REQUIRE(reply->lease);
    return *reply->lease;
  }
  std::uint64_t now() const { return record_tick(clock.wall()); }

  SimulatedDisk disk;
  FakeClock clock{Seconds(1'800'000'000)};
  Metrics metrics;
};

TEST_CASE_FIXTURE(RecordLeasesFixture,
                  "the first lease of all says so, once, whatever happens then") {
  RecordLeases leases = start(true);
  auto first = leases.answer(ask());
  REQUIRE(first.ok());
  CHECK(first->first);
  RecordIdRequest release;
  release.release = first->lease->number;
  release.used = first->lease->from;
  REQUIRE(leases.answer(release).ok());
  CHECK_FALSE(leases.answer(ask())->first);
  CHECK_FALSE(start().answer(ask())->first);
  // A file that is lost had a history that nobody knows.
  REQUIRE(disk.remove(kFile).ok());
  CHECK_FALSE(start().answer(ask())->first);
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "the file of a former collector has had its first lease") {
  RecordLeases leases = start(true);
  CHECK(leases.answer(ask())->first);
  RecordLeases other = start(true);
  CHECK_FALSE(other.answer(ask())->first);
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "a node without files says who leases record ids") {
  RecordLeases leases(disk, clock, metrics);
  auto reply = leases.answer(ask());
  CHECK(reply.status().code() == Code::kUnsupported);
  CHECK(reply.status().message() ==
        "record ids are leased by the collector: this node writes no log files");
  CHECK_FALSE(disk.exists(kFile));
}

// Rule: ids-synced-first
TEST_CASE_FIXTURE(RecordLeasesFixture, "what was leased is known after any crash") {
  for (auto keep : {SimulatedDisk::Keep::kNothing, SimulatedDisk::Keep::kPrefix,
                    SimulatedDisk::Keep::kSubset, SimulatedDisk::Keep::kAll}) {
    RecordLeases before = start(true);
    RecordLease first = lease(before);
    disk.crash(keep);
    RecordLeases after = start();
    RecordLease second = lease(after);
    CHECK(second.lane != first.lane);
    RecordIdRequest request = ask();
    request.extend = first.number;
    CHECK(lease(after, request).lane == first.lane);
  }
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "a new node begins with the time") {
  RecordLeases leases = start(true);
  CHECK(lease(leases).from == now());
}

// Rule: ids-unknown-past
TEST_CASE_FIXTURE(RecordLeasesFixture,
                  "a missing file on a node with a past begins behind whatever was leased") {
  RecordLeases before = start(true);
  std::uint64_t last = 0;
  while (true) {
    auto reply = before.answer(ask(1));
    if (!reply.ok()) break;
    last = std::max(last, reply->lease->until);
  }
  CHECK(last > now() + kMostAheadTicks - kLeaseTicks);
  disk.erase(kFile);
  RecordLeases after = start();
  CHECK(lease(after).from >= last);
}

// Rule: ids-unknown-past
TEST_CASE_FIXTURE(RecordLeasesFixture, "a damaged file leases nothing, until it is taken away") {
  disk.put(kFile, "oxd record-ids 1\nfloor 0\n");
  RecordLeases leases = start(true);
  CHECK(leases.problem().code() == Code::kCorrupt);
  auto reply = leases.answer(ask());
  CHECK(reply.status().message() == "record ids cannot be leased: /spool/record-ids: is damaged");
  CHECK(disk.content(kFile) == "oxd record-ids 1\nfloor 0\n");
  disk.erase(kFile);
  CHECK(lease(leases).from == now() + kMostAheadTicks + kLeaseTicks);
  CHECK(leases.problem().ok());
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "a newer file is left alone") {
  disk.put(kFile, "oxd record-ids 2\n");
  RecordLeases leases = start();
  CHECK(leases.answer(ask()).status().code() == Code::kUnsupported);
  CHECK(disk.content(kFile) == "oxd record-ids 2\n");
}

TEST_CASE_FIXTURE(RecordLeasesFixture,
                  "a full disk refuses, and wastes nothing once there is room") {
  disk.inject({.op = SimulatedDisk::Op::kWrite,
               .path_part = "record-ids",
               .times = SimulatedDisk::kForever,
               .effect = SimulatedDisk::Effect::kNoSpace});
  RecordLeases leases = start(true);
  CHECK(leases.answer(ask()).status().code() == Code::kNoSpace);
  disk.clear_faults();
  CHECK(lease(leases).from == now());
  CHECK(lease(leases).lane == 4);
  disk.inject({.op = SimulatedDisk::Op::kWrite,
               .path_part = "record-ids",
               .effect = SimulatedDisk::Effect::kNoSpace});
  CHECK_FALSE(leases.answer(ask()).ok());
  CHECK(lease(leases).lane == 8);
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "a request may release one lease and ask for another") {
  RecordLeases leases = start(true);
  RecordLease wide = lease(leases, ask(256));
  RecordIdRequest request = ask(4);
  request.release = wide.number;
  request.used = wide.from;
  CHECK(lease(leases, request).lane == wide.lane);
  request.lanes = 0;
  auto reply = leases.answer(request);  // again: there is no such lease any more
  REQUIRE(reply.ok());
  CHECK_FALSE(reply->lease);
  CHECK(lease(leases).lane == 4);
  CHECK(metrics.counter("record_ids.leased").value() == 3);
  CHECK(metrics.counter("record_ids.released").value() == 1);
}

TEST_CASE_FIXTURE(RecordLeasesFixture, "a request that is wrong changes nothing") {
  RecordLeases leases = start(true);
  RecordLease first = lease(leases);
  std::string before = disk.content(kFile);
  RecordIdRequest request = ask();
  request.release = first.number;
  request.used = first.until + 1;
  CHECK(leases.answer(request).status().code() == Code::kInvalid);
  CHECK(disk.content(kFile) == before);
  CHECK(metrics.counter("record_ids.refused").value() == 1);
}

TEST_CASE_FIXTURE(RecordLeasesFixture,
                  "a log path is new as long as it has nothing but the node's own") {
  CHECK(holds_no_logs(disk, "/log"));
  disk.put("/log/.oxd/lock", "");
  CHECK(holds_no_logs(disk, "/log"));
  disk.put("/log/20200101/a-20200101.log", "x");
  CHECK_FALSE(holds_no_logs(disk, "/log"));
}

}  // namespace
}  // namespace ox
