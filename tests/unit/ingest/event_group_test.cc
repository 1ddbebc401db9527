#include "common/ingest/event_group.h"

#include <doctest/doctest.h>

#include "proto/batch.h"

namespace ox {
namespace {

TEST_CASE("a group gives its events back as they were added, empty hosts and bodies too") {
  EventGroup group;
  REQUIRE(group.add("type", "host", 1.5, "body").ok());
  REQUIRE(group.add("t", "", 2, "").ok());
  REQUIRE(group.size() == 2);
  CHECK(group[0].type == "type");
  CHECK(group[0].host == "host");
  CHECK(group[0].end == 1.5);
  CHECK(group[0].body == "body");
  CHECK(group[1].type == "t");
  CHECK(group[1].host.empty());
  CHECK(group[1].body.empty());
}

TEST_CASE("what no batch could hold is refused, and the group is as it was") {
  EventGroup group;
  CHECK(group.add("", "host", 1, "body").code() == Code::kInvalid);
  CHECK(group.add(std::string(kMaxNameBytes + 1, 't'), "host", 1, "body").code() == Code::kInvalid);
  CHECK(group.add("t", std::string(kMaxNameBytes + 1, 'h'), 1, "body").code() == Code::kInvalid);
  CHECK(group.add("t", "h", 1, std::string(kMaxEventBytes + 1, 'b')).code() == Code::kTooLarge);
  CHECK(group.empty());
  CHECK(group.bytes() == 0);
}

TEST_CASE("truncate() takes the last events back") {
  EventGroup group;
  for (const char* body : {"1", "2", "3"}) REQUIRE(group.add("t", "h", 1, body).ok());
  group.truncate(5);
  CHECK(group.size() == 3);
  group.truncate(1);
  REQUIRE(group.size() == 1);
  CHECK(group[0].body == "1");
  REQUIRE(group.add("t", "h", 1, "4").ok());
  CHECK(group[1].body == "4");
}

}  // namespace
}  // namespace ox
