#include "oxd/forward/optional_targets.h"

#include <doctest/doctest.h>

#include "oxd/forward/saved_targets.h"
#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

std::vector<Target> targets(const std::vector<std::string>& texts) {
  std::vector<Target> list;
  for (const std::string& text : texts) {
    auto target = Target::parse_forward(text);
    REQUIRE_MESSAGE(target.ok(), target.status().message());
    list.push_back(*target);
  }
  return list;
}

TEST_CASE("a target is optional when the word follows it, whatever way it is named") {
  for (std::string name : {"a", "a:1000", "link://a:1001", "blueox://a", "ipc:///run/oxd"}) {
    auto plain = targets({name}).front();
    auto optional = targets({name + ",optional"}).front();
    CHECK_FALSE(plain.optional);
    CHECK(optional.optional);
    CHECK(plain.name == name);
    CHECK(optional.name == name);
    CHECK(optional.text() == name + ",optional");
    CHECK(plain.text() == name);
    CHECK(plain.same_as(optional));
    CHECK(plain.lasting_name() == optional.lasting_name());
  }
}

TEST_CASE("nothing else may follow a target") {
  for (const char* text : {"a,", "a,Optional", "a,optional,optional", "a,b", ",optional", ","})
    CHECK(Target::parse_forward(text).status().code() == Code::kInvalid);
}

TEST_CASE("only copies can be optional, and something must keep every event") {
  for (ForwardMode mode : {ForwardMode::kFailover, ForwardMode::kShard}) {
    CHECK(check_targets(targets({"a", "b"}), mode, false).ok());
    Status wrong = check_targets(targets({"a", "b,optional"}), mode, true);
    CHECK(wrong.code() == Code::kInvalid);
    CHECK(wrong.message().find("b,optional") != std::string::npos);
  }
  CHECK(check_targets(targets({"a", "b,optional"}), ForwardMode::kCopy, false).ok());
  CHECK(check_targets(targets({"b,optional"}), ForwardMode::kCopy, true).ok());
  CHECK(check_targets(targets({"b,optional"}), ForwardMode::kCopy, false).code() == Code::kInvalid);
  CHECK(check_targets({}, ForwardMode::kCopy, false).ok());
}

TEST_CASE("saved targets stay optional, and a list is another when that changes") {
  SimulatedDisk disk;
  REQUIRE(disk.make_directories("/s").ok());
  SavedTargets saved(disk, "/s");
  REQUIRE(saved.save(targets({"a"}), targets({"a", "b,optional"})).ok());
  auto loaded = saved.load(targets({"a"}));
  REQUIRE(loaded.ok());
  CHECK(same_targets(*loaded, targets({"a", "b,optional"})));
  CHECK_FALSE(same_targets(*loaded, targets({"a", "b"})));
  CHECK(saved.load(targets({"a,optional"}))->size() == 1);
}

}  // namespace
}  // namespace ox
