#include "oxd/statistics.h"

#include <doctest/doctest.h>

#include "batch_of.h"

namespace ox {
namespace {

SpoolRecord record_of(BatchPtr batch, WallTime accepted_at = Seconds(10)) {
  SpoolRecord record;
  record.batch = std::move(batch);
  record.accepted_at = accepted_at;
  return record;
}

std::vector<std::string> names(const std::list<std::pair<std::string, EventFigures>>& entries) {
  std::vector<std::string> out;
  for (const auto& entry : entries) out.push_back(entry.first);
  return out;
}

TEST_CASE("events are counted by type and by host") {
  Statistics statistics;
  statistics.accepted(record_of(batch_of({{"a", "h1"}, {"b", "h1"}, {"a", "h2"}})));
  Statistics::Snapshot snapshot = statistics.snapshot();
  CHECK(snapshot.events == 3);
  for (const auto& [name, figures] : snapshot.types) {
    CHECK(figures.count == (name == "a" ? 2 : 1));
    CHECK(figures.bytes == 2 * figures.count);  // of the bodies: a digit and the type
    CHECK(figures.last == doctest::Approx(name == "a" ? 3.5 : 2.5));
  }
  for (const auto& [name, figures] : snapshot.hosts) CHECK(figures.count == (name == "h1" ? 2 : 1));
}

TEST_CASE("nothing is known before the first event") {
  Statistics::Snapshot snapshot = Statistics().snapshot();
  CHECK_FALSE(snapshot.last);
  CHECK_FALSE(snapshot.lag);
  CHECK(snapshot.types.empty());
}

TEST_CASE("the lag is the time between an event's end and its acceptance") {
  Statistics statistics;
  statistics.accepted(record_of(batch_of({{"a", "h"}}), Seconds(10)));
  Statistics::Snapshot snapshot = statistics.snapshot();
  CHECK(*snapshot.last == doctest::Approx(10.0));
  CHECK(*snapshot.lag == doctest::Approx(8.5));
}

TEST_CASE("with too many types the one longest without news is forgotten") {
  RecentFigures figures(2);
  figures.add("a", {1, 1, 1});
  figures.add("b", {1, 1, 1});
  figures.add("a", {2, 1, 1});
  figures.add("c", {1, 1, 1});
  CHECK(names(figures.entries()) == std::vector<std::string>{"c", "a"});
  CHECK(figures.entries().back().second.count == 2);
}

}  // namespace
}  // namespace ox
