#include "oxd/forward/saved_targets.h"

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

std::vector<Target> targets_of(const std::vector<std::string>& names) {
  std::vector<Target> list;
  for (const std::string& name : names) {
    auto target = Target::parse(name);
    REQUIRE(target.ok());
    list.push_back(*target);
  }
  return list;
}

std::vector<std::string> names(const Result<std::vector<Target>>& list) {
  REQUIRE(list.ok());
  std::vector<std::string> out;
  for (const Target& target : *list) out.push_back(target.name);
  return out;
}

using Names = std::vector<std::string>;

struct SavedTargetsFixture {
  SavedTargetsFixture() { REQUIRE(disk.make_directories("/state").ok()); }
  SimulatedDisk disk;
  SavedTargets saved{disk, "/state"};
};

TEST_CASE_FIXTURE(SavedTargetsFixture, "without a saved list the configured one counts") {
  CHECK(names(saved.load(targets_of({"a", "b"}))) == Names{"a", "b"});
}

// Rule: targets-kept
TEST_CASE_FIXTURE(SavedTargetsFixture,
                  "a saved list counts as long as the configuration names what it replaced") {
  REQUIRE(saved.save(targets_of({"a"}), targets_of({"b", "blueox://c:9"})).ok());
  disk.crash(SimulatedDisk::Keep::kNothing);
  CHECK(names(saved.load(targets_of({"a"}))) == Names{"b", "blueox://c:9"});
  CHECK(names(saved.load(targets_of({"a:3514"}))) == Names{"b", "blueox://c:9"});
  CHECK(names(saved.load(targets_of({"other"}))) == Names{"other"});
  CHECK(names(saved.load({})) == Names{});
}

TEST_CASE_FIXTURE(SavedTargetsFixture, "an empty list may be saved, and may be replaced") {
  REQUIRE(saved.save(targets_of({"a"}), {}).ok());
  CHECK(names(saved.load(targets_of({"a"}))) == Names{});
  REQUIRE(saved.save({}, targets_of({"a"})).ok());
  CHECK(names(saved.load({})) == Names{"a"});
}

TEST_CASE_FIXTURE(SavedTargetsFixture, "going back to the configured list forgets the saved one") {
  REQUIRE(saved.save(targets_of({"a"}), targets_of({"b"})).ok());
  REQUIRE(saved.save(targets_of({"a"}), targets_of({"a"})).ok());
  disk.crash(SimulatedDisk::Keep::kNothing);
  CHECK_FALSE(disk.exists("/state/targets"));
  CHECK(saved.save(targets_of({"a"}), targets_of({"a"})).ok());
}

TEST_CASE_FIXTURE(SavedTargetsFixture, "a file that is no list is named") {
  for (const char* text : {"x\n", "oxd targets 1\nrunning off\n", "oxd targets 1\nfoo\n"}) {
    disk.put("/state/targets", text);
    auto loaded = saved.load({});
    CHECK(loaded.status().code() == Code::kCorrupt);
    CHECK(loaded.status().message().find("/state/targets") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(SavedTargetsFixture, "a save that fails leaves the former list") {
  REQUIRE(saved.save(targets_of({"a"}), targets_of({"b"})).ok());
  disk.inject({.op = SimulatedDisk::Op::kWrite, .effect = SimulatedDisk::Effect::kNoSpace});
  CHECK_FALSE(saved.save(targets_of({"a"}), targets_of({"c"})).ok());
  CHECK(names(saved.load(targets_of({"a"}))) == Names{"b"});
}

TEST_CASE("a node without a place for its state keeps nothing") {
  SimulatedDisk disk;
  SavedTargets saved(disk, "");
  CHECK(saved.save(targets_of({"a"}), targets_of({"b"})).ok());
  CHECK(names(saved.load(targets_of({"a"}))) == Names{"a"});
  CHECK(disk.changes() == 0);
}

}  // namespace
}  // namespace ox
