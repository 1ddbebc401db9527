#include "common/read/newest_events.h"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include "tests/unit/read/read_fixture.h"

namespace ox {
namespace {

struct Known {
  std::int64_t end = 0;
  std::uint64_t id = 0;
  int level = 0;
  auto operator<=>(const Known&) const = default;
};

// Events of a day and a half, many with the same time.
std::vector<Known> fill(ReadFixture& fixture, std::size_t n) {
  std::mt19937 random(20170714);
  std::vector<Known> out;
  for (std::size_t i = 0; i < n; ++i) {
    Known event{1'500'000'000 + static_cast<std::int64_t>(random() % 3000) * 43, i + 1,
                static_cast<int>(random() % 5 * 10)};
    fixture.store("t" + std::to_string(i % 3), R"({"id": )" + std::to_string(event.id) +
                                                   R"(, "end": )" + std::to_string(event.end) +
                                                   R"(, "body": {"level": )" +
                                                   std::to_string(event.level) + "}}");
    out.push_back(event);
  }
  std::sort(out.begin(), out.end(), std::greater<>());
  return out;
}

std::vector<Known> known(const std::vector<PlacedEvent>& events) {
  std::vector<Known> out;
  for (const PlacedEvent& event : events) {
    const EventSlices slices = EventSlices::of(event.bytes);
    out.push_back({static_cast<std::int64_t>(*slices.end.as_number()), *slices.id.as_uint(),
                   static_cast<int>(*BodySlices::of(slices.body).level.as_int())});
  }
  return out;
}

std::vector<Known> slice(const std::vector<Known>& all, PageRange page) {
  std::vector<Known> out;
  for (std::uint64_t i = page.left; i <= page.right && i < all.size(); ++i)
    out.push_back(all[static_cast<std::size_t>(i)]);
  return out;
}

constexpr PageRange kPages[] = {{0, 0},       {0, 9},          {5, 700},     {299, 310},
                                {1000, 1003}, {1999, 1999},    {1990, 5000}, {2000, 2010},
                                {0, 5000},    {400, 1'000'000}};

TEST_CASE("pages are those of all events sorted, newest first") {
  ReadFixture fixture;
  const std::vector<Known> all = fill(fixture, 2000);
  fixture.read([&](StoreReader& reader) {
    for (PageRange page : kPages) {
      CAPTURE(page.left);
      auto events = newest_events(reader, {}, page);
      REQUIRE_MESSAGE(events.ok(), events.status().message());
      CHECK(known(*events) == slice(all, page));
    }
  });
}

TEST_CASE("pages of what a test selects are, too") {
  ReadFixture fixture;
  std::vector<Known> all = fill(fixture, 2000);
  std::erase_if(all, [](const Known& event) { return event.id % 7 != 0 || event.level < 20; });
  EventSelection selection;
  selection.conditions.min_level = 20;
  selection.test = [](std::string_view, const EventSlices& slices) -> Result<bool> {
    return *slices.id.as_uint() % 7 == 0;
  };
  fixture.read([&](StoreReader& reader) {
    for (PageRange page : kPages) {
      CAPTURE(page.left);
      auto events = newest_events(reader, selection, page);
      REQUIRE_MESSAGE(events.ok(), events.status().message());
      CHECK(known(*events) == slice(all, page));
    }
  });
}

TEST_CASE(
    "events of one time are in the order of their ids, and those without a time are left out") {
  ReadFixture fixture;
  for (int i = 0; i < 600; ++i)
    fixture.store("t", R"({"id": )" + std::to_string(i * 7 % 600 + 1) +
                           R"(, "end": 1500000000.5, "body": {"level": 0}})");
  fixture.store("t", R"({"id": 700, "body": {}})");
  fixture.read([&](StoreReader& reader) {
    auto events = newest_events(reader, {}, {.left = 300, .right = 302});
    REQUIRE(events.ok());
    REQUIRE(events->size() == 3);
    CHECK(known(*events)[0].id == 300);
    CHECK(known(*events)[2].id == 298);
    CHECK(newest_events(reader, {}, {.left = 0, .right = 900})->size() == 600);
  });
}

TEST_CASE("a page that is too large is refused, whatever lies in front of it is not") {
  ReadFixture fixture;
  for (int i = 0; i < 500; ++i)
    fixture.store("t", R"({"id": 1, "end": 1500000000, "body": {"level": 0}})");
  fixture.read([&](StoreReader& reader) {
    CHECK(newest_events(reader, {}, {0, 499}, 1000).status().code() == Code::kTooLarge);
    CHECK(newest_events(reader, {}, {0, 9}, 1000).ok());
    CHECK(newest_events(reader, {}, {400, 409}, 1000)->size() == 10);
  });
}

TEST_CASE("an error of the selection's test ends the search") {
  ReadFixture fixture;
  fill(fixture, 10);
  EventSelection selection;
  selection.test = [](std::string_view, const EventSlices&) -> Result<bool> {
    return Status(Code::kInvalid, "no");
  };
  fixture.read([&](StoreReader& reader) {
    CHECK(newest_events(reader, selection, {0, 1}).status().code() == Code::kInvalid);
    CHECK(reader.count(selection).status().code() == Code::kInvalid);
  });
}

}  // namespace
}  // namespace ox
