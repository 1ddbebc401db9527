#include "oxd/write/log_path_claim.h"

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

struct LogPathClaimFixture {
  std::unique_ptr<Spool> spool_at(const std::string& path) {
    SpoolOptions options;
    options.path = path;
    auto spool = Spool::open(disk, options, clock);
    REQUIRE(spool.ok());
    return std::move(*spool);
  }
  auto open(const Spool& spool, const std::string& spool_path) {
    return LogPathClaim::open(disk, "/log", spool_path, spool, "oxd, process 7");
  }
  // As a node does at its first start: the spool's id goes to the disk before the claim.
  LogPathClaim claim(Spool& spool, const std::string& spool_path) {
    auto claim = open(spool, spool_path);
    REQUIRE(claim.ok());
    REQUIRE(claim->fresh());
    REQUIRE(spool.write_checkpoint("", 0, "", 0, Micros(0)).ok());
    REQUIRE(claim->take(disk).ok());
    return std::move(*claim);
  }
  SimulatedDisk disk;
  FakeClock clock;
};

TEST_CASE_FIXTURE(LogPathClaimFixture, "a spool claims a log path, and finds it again") {
  { claim(*spool_at("/spool"), "/spool"); }
  disk.crash(SimulatedDisk::Keep::kNothing);
  auto again = open(*spool_at("/spool"), "/spool");
  REQUIRE(again.ok());
  CHECK_FALSE(again->fresh());
}

// Rule: one-owner
TEST_CASE_FIXTURE(LogPathClaimFixture, "two processes do not have one log path") {
  auto spool = spool_at("/one");
  LogPathClaim held = claim(*spool, "/one");
  auto other = open(*spool, "/one");
  CHECK(other.status().code() == Code::kExists);
  CHECK(other.status().message().find("oxd, process 7") != std::string::npos);
}

// Rule: one-log-path
TEST_CASE_FIXTURE(LogPathClaimFixture, "a log path that another spool has claimed is refused") {
  { claim(*spool_at("/one"), "/one"); }
  auto other = spool_at("/other");
  auto refused = open(*other, "/other");
  CHECK(refused.status().code() == Code::kInvalid);
  CHECK(refused.status().message().find(other->id().to_string()) != std::string::npos);
  CHECK(may_hold_spool(disk, "/log").code() == Code::kInvalid);
}

// Rule: one-log-path
TEST_CASE_FIXTURE(LogPathClaimFixture,
                  "a spool that wrote other files does not begin in a new directory") {
  auto spool = spool_at("/spool");
  REQUIRE(spool->write_checkpoint("", 0, "listing", 0, Micros(0)).ok());
  spool.reset();
  spool = spool_at("/spool");
  auto refused = open(*spool, "/spool");
  CHECK(refused.status().code() == Code::kInvalid);
  // What the message tells to do helps.
  disk.put("/log/.oxd/spool", spool->id().to_string() + "\n");
  CHECK(open(*spool, "/spool").ok());
}

TEST_CASE_FIXTURE(LogPathClaimFixture,
                  "a log path whose own spool is still there is not given to another") {
  disk.put("/log/.oxd/00000000000000000000.seg", "events that wait");
  auto refused = open(*spool_at("/spool"), "/spool");
  CHECK(refused.status().code() == Code::kInvalid);
  CHECK(refused.status().message().find("/log/.oxd") != std::string::npos);
}

TEST_CASE_FIXTURE(LogPathClaimFixture, "a spool inside the log path needs no claim") {
  CHECK(may_hold_spool(disk, "/log").ok());
  auto inside = open(*spool_at("/log/.oxd"), "/log/.oxd");
  REQUIRE(inside.ok());
  CHECK_FALSE(inside->fresh());
  CHECK_FALSE(disk.exists("/log/.oxd/spool"));
}

}  // namespace
}  // namespace ox
