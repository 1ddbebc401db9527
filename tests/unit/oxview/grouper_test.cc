#include "oxview/grouper.h"

#include <doctest/doctest.h>

namespace ox {

using Events = std::vector<std::string>;

TEST_CASE("a type without a dot ends its group (B17)") {
  Grouper grouper{GroupRoots()};
  CHECK(grouper.add("1", "foo.bar", "a").empty());
  CHECK(grouper.add("1", "foo", "b") == Events{"a", "b"});
  CHECK(grouper.held() == 0);
}

TEST_CASE("the oldest group goes when there is no room for another event (B18)") {
  Grouper grouper(GroupRoots(), 1);
  CHECK(grouper.add("1", "foo.bar", "a").empty());
  CHECK(grouper.add("2", "foo.bar", "b").empty());
  CHECK(grouper.add("1", "foo", "c") == Events{"c"});
  CHECK(grouper.given_up() == 1);
  CHECK(grouper.held() == 1);
}

TEST_CASE("groups do not mix, and an ended id begins anew") {
  Grouper grouper{GroupRoots()};
  grouper.add("1", "foo.bar", "a");
  grouper.add("2", "foo.bar", "b");
  CHECK(grouper.add("2", "foo", "c") == Events{"b", "c"});
  CHECK(grouper.add("1", "foo", "d") == Events{"a", "d"});
  CHECK(grouper.add("1", "foo", "e") == Events{"e"});
  CHECK(grouper.given_up() == 0);
}

TEST_CASE("age is that of a group's first event, and whole groups go") {
  Grouper grouper(GroupRoots(), 3);
  grouper.add("old", "a.b", "1");
  grouper.add("new", "a.b", "2");
  grouper.add("old", "a.b", "3");
  grouper.add("old", "a.b", "4");
  CHECK(grouper.add("new", "a", "5") == Events{"2", "5"});
  CHECK(grouper.given_up() == 3);
}

TEST_CASE("bytes are bounded as well as events") {
  Grouper grouper(GroupRoots(), 1000, 10);
  grouper.add("1", "a.b", std::string(11, 'x'));
  grouper.add("2", "a.b", "y");
  CHECK(grouper.given_up() == 1);
  CHECK(grouper.held() == 1);
  CHECK(grouper.add("2", "a", "z") == Events{"y", "z"});
}

TEST_CASE("a thousand events fit by default") {
  Grouper grouper{GroupRoots()};
  for (int i = 0; i < 1000; ++i) grouper.add(std::to_string(i), "a.b", "x");
  CHECK(grouper.add("0", "a", "y") == Events{"x", "y"});
  CHECK(grouper.given_up() == 0);
}

}  // namespace ox
