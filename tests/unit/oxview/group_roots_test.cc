#include "oxview/group_roots.h"

#include <doctest/doctest.h>

#include "oxview/grouper.h"

namespace ox {

using Events = std::vector<std::string>;

TEST_CASE("a type is below another at a dot") {
  CHECK(is_below("a.b", "a"));
  CHECK(is_below("a.b.c", "a.b"));
  CHECK_FALSE(is_below("a.bc", "a.b"));
  CHECK_FALSE(is_below("a.b", "a.b"));
  CHECK_FALSE(is_below("a", "a.b"));
}

TEST_CASE("a named root ends groups, and so do types without a dot") {
  Grouper grouper(GroupRoots::named({"myapp.request", "other.task"}));
  CHECK(grouper.add("1", "myapp.request.db", "a").empty());
  CHECK(grouper.add("1", "myapp.other", "b").empty());
  CHECK(grouper.add("1", "myapp.request", "c") == Events{"a", "b", "c"});
  CHECK(grouper.add("2", "other.task", "d") == Events{"d"});
  CHECK(grouper.add("3", "plain", "e") == Events{"e"});
}

TEST_CASE("a root is learned from the events below it") {
  Grouper grouper(GroupRoots::learned());
  CHECK(grouper.add("1", "app.request.db", "a").empty());
  CHECK(grouper.add("1", "app.request", "b") == Events{"a", "b"});
  // Known from now on, for a group that holds nothing else too.
  CHECK(grouper.add("2", "app.request", "c") == Events{"c"});
}

TEST_CASE("a type in the middle splits the first group only") {
  Grouper grouper(GroupRoots::learned());
  auto request = [&](const std::string& id) {
    std::vector<Events> groups;
    for (const char* type : {"app.request.db.query", "app.request.db", "app.request"})
      if (Events group = grouper.add(id, type, type); !group.empty()) groups.push_back(group);
    return groups;
  };
  CHECK(request("1") ==
        std::vector<Events>{{"app.request.db.query", "app.request.db"}, {"app.request"}});
  for (const char* id : {"2", "3"})
    CHECK(request(id) ==
          std::vector<Events>{{"app.request.db.query", "app.request.db", "app.request"}});
}

TEST_CASE("types of different groups teach nothing") {
  Grouper grouper(GroupRoots::learned());
  CHECK(grouper.add("1", "app.request.db", "a").empty());
  CHECK(grouper.add("2", "app.request", "b").empty());
  CHECK(grouper.add("3", "apps.request", "c").empty());
}

TEST_CASE("without learning a type with a dot is no root") {
  Grouper grouper{GroupRoots()};
  CHECK(grouper.add("1", "app.request.db", "a").empty());
  CHECK(grouper.add("1", "app.request", "b").empty());
}

}  // namespace ox
