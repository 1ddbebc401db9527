#include "common/read/event_neighbours.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/store/cutoffs.h"
#include "common/store/log_compressor.h"
#include "common/store/log_indexer.h"
#include "tests/unit/read/read_fixture.h"

namespace ox {
namespace {

struct WrittenEvent {
  std::string type;
  std::uint64_t number = 0;  // in the order of writing
  std::int64_t end = 0;
  LogPlace place;
};

std::string path_of(const std::string& type) { return "20170714/" + type + "-20170714.log"; }

std::uint64_t number_of_event(const PlacedEvent& event) {
  return *BodySlices::of(EventSlices::of(event.bytes).body).level.as_uint();
}

std::vector<std::uint64_t> numbers(const std::vector<PlacedEvent>& events) {
  std::vector<std::uint64_t> out;
  for (const PlacedEvent& event : events) out.push_back(number_of_event(event));
  return out;
}

// Files of some MiB, so that an index of one has several blocks.
struct Logs : ReadFixture {
  std::vector<WrittenEvent> all;
  std::mt19937 random{20170714};

  void add(const std::string& type, std::size_t padding = 900) {
    const std::uint64_t number = all.size();
    const std::int64_t end = 1'500'000'000 + static_cast<std::int64_t>(number / 3 + random() % 40);
    const std::string path = path_of(type);
    std::ifstream file(directory / path, std::ios::binary | std::ios::ate);
    const auto size = file ? static_cast<std::uint64_t>(file.tellg()) : 0;
    all.push_back({type, number, end, {path, size}});
    store(type, R"({"type": ")" + type + R"(", "id": "x", "end": )" + std::to_string(end) +
                    R"(, "body": {"level": )" + std::to_string(number) + R"(, "name": ")" +
                    (number % 2 == 0 ? "even" : "odd") + R"(", "pad": ")" +
                    std::string(padding, 'p') + R"("}})");
  }
  void fill(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) add("t" + std::to_string(random() % 3));
  }
  LogFile file(const std::string& type) {
    LogFile out;
    out.path = directory / path_of(type);
    out.type = type;
    return out;
  }
  void index(const std::string& type) {
    auto indexed = index_log(FileSystem::real(), file(type), [] { return true; });
    REQUIRE(indexed.ok());
    CHECK(indexed->covered > 0);
  }
  void compress(const std::string& type) {
    auto made = compress_log(FileSystem::real(), file(type).path, Cutoffs(), [] { return true; });
    REQUIRE(made.ok());
    REQUIRE(install_compressed(FileSystem::real(), *made).ok());
  }
  void hide(const std::string& type, std::optional<double> before,
            std::vector<std::string> names = {}) {
    auto cutoffs = Cutoffs::load(FileSystem::real(), directory.path());
    REQUIRE(cutoffs.ok());
    Cutoff rule;
    rule.scope.types = *TypePattern::parse(type);
    rule.scope.before = before;
    rule.scope.names = std::move(names);
    rule.day = cutoff_day(Seconds(1'600'000'000));
    REQUIRE(cutoffs->add(rule).ok());
    REQUIRE(cutoffs->save(FileSystem::real()).ok());
  }
  std::vector<WrittenEvent> of_type(const std::string& type) const {
    std::vector<WrittenEvent> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [&](const WrittenEvent& each) { return each.type == type; });
    return out;
  }
};

// Those next to number `at` of a list.
void check_around(const EventNeighbours& found, const std::vector<WrittenEvent>& list,
                  std::size_t at, NeighbourCounts counts) {
  CHECK(number_of_event(found.event) == list[at].number);
  std::vector<std::uint64_t> before, after;
  for (std::size_t i = at - std::min(at, counts.before); i < at; ++i)
    before.push_back(list[i].number);
  for (std::size_t i = at + 1; i < list.size() && i <= at + counts.after; ++i)
    after.push_back(list[i].number);
  CHECK(numbers(found.before) == before);
  CHECK(numbers(found.after) == after);
}

constexpr NeighbourCounts kCounts[] = {{0, 0}, {3, 0}, {0, 4}, {10, 10}, {700, 1}, {1000, 1000}};

void check_file(StoreReader& reader, const std::vector<WrittenEvent>& list, std::mt19937& random) {
  for (NeighbourCounts counts : kCounts) {
    for (std::size_t at :
         {std::size_t{0}, random() % list.size(), random() % list.size(), list.size() - 1}) {
      CAPTURE(at);
      auto found = neighbours_in_file(reader, list[at].place, counts);
      REQUIRE_MESSAGE(found.ok(), found.status().message());
      REQUIRE(found->has_value());
      CHECK((*found)->event.place == list[at].place);
      check_around(**found, list, at, counts);
      if (counts.before > 0 && at > 0) CHECK((*found)->before.back().place == list[at - 1].place);
    }
  }
}

}  // namespace

TEST_CASE("the neighbours of an event are those written before and behind it, index or not") {
  Logs logs;
  logs.fill(6000);
  logs.index("t1");
  logs.index("t2");
  logs.fill(300);  // the index of t1 and t2 knows only the front
  const LogPlace last = logs.of_type("t2").back().place;
  logs.read([&](StoreReader& reader) {
    for (const char* type : {"t0", "t1", "t2"}) check_file(reader, logs.of_type(type), logs.random);
    logs.compress("t1");
    check_file(reader, logs.of_type("t1"), logs.random);
    boost::filesystem::remove(logs.directory / (path_of("t1") + ".idx"));
    check_file(reader, logs.of_type("t1"), logs.random);
    CHECK(neighbours_in_file(reader, last, {1, 1})->has_value());
  });
}

TEST_CASE("what begins nowhere, or in no file that is listed, is not found") {
  Logs logs;
  logs.fill(2500);
  logs.index("t1");
  std::ofstream(logs.directory / "secret") << packed(R"({"body": "secret"})");
  const WrittenEvent some = logs.of_type("t1")[100];
  logs.read([&](StoreReader& reader) {
    auto none = [&](const LogPlace& place) {
      auto found = neighbours_in_file(reader, place, {3, 3});
      return found.ok() && !found->has_value();
    };
    CHECK_FALSE(none(some.place));
    // Also where a value begins: the body, a text, the number in it.
    for (std::uint64_t more = 1; more < 120; ++more)
      CHECK(none({some.place.path, some.place.offset + more}));
    for (std::uint64_t offset : {std::uint64_t{1} << 40, UINT64_MAX, UINT64_MAX - 1})
      CHECK(none({some.place.path, offset}));
    for (const char* path :
         {"", "/", "..", "secret", "../secret", "20170714", "t1-20170714.log", "20170714/../secret",
          "20170714/../20170714/t1-20170714.log", "./20170714/t1-20170714.log",
          "20170714//t1-20170714.log", "/20170714/t1-20170714.log", "20170714/t1-20170714.log.idx",
          "20170714/t1-20170714.log.zst", "20170714/t9-20170714.log", "20170715/t1-20170715.log",
          "cutoffs"})
      CHECK_MESSAGE(none({path, 0}), path);
    CHECK(none({std::string("20170714/t1-20170714.log\0", 25), 0}));
  });
}

TEST_CASE("what an index says lies far in front is not read") {
  Logs logs;
  for (int i = 0; i < 4000; ++i) logs.add("t0");
  logs.index("t0");
  {
    std::fstream file(logs.directory / path_of("t0"),
                      std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(1 << 20, '\xc1');  // no MessagePack
  }
  const auto list = logs.of_type("t0");
  logs.read([&](StoreReader& reader) {
    auto found = neighbours_in_file(reader, list[3500].place, {100, 100});
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    check_around(**found, list, 3500, {100, 100});
    // Without the index there is no way through.
    boost::filesystem::remove(logs.directory / (path_of("t0") + ".idx"));
    CHECK_FALSE(neighbours_in_file(reader, list[3500].place, {1, 1})->has_value());
  });
  CHECK(logs.http.count("scans.problems") == 1);
}

TEST_CASE("an event that is gone is not found, and is nobody's neighbour") {
  Logs logs;
  logs.fill(6000);
  logs.index("t1");
  logs.hide("t1", std::nullopt, {"even"});
  std::vector<WrittenEvent> gone, left;
  for (const WrittenEvent& each : logs.of_type("t1"))
    (each.number % 2 == 0 ? gone : left).push_back(each);
  logs.read([&](StoreReader& reader) {
    check_file(reader, left, logs.random);
    for (std::size_t at : {std::size_t{0}, gone.size() / 2, gone.size() - 1}) {
      CHECK_FALSE(neighbours_in_file(reader, gone[at].place, {5, 5})->has_value());
      // Nor can it be seen by what it has inside.
      for (std::uint64_t more = 1; more < 120; ++more)
        CHECK_FALSE(
            neighbours_in_file(reader, {gone[at].place.path, gone[at].place.offset + more}, {0, 0})
                ->has_value());
    }
  });
}

TEST_CASE("neighbours in time are those selected of all files, in order") {
  Logs logs;
  logs.fill(3000);
  logs.index("t1");
  logs.hide("t2", 1'500'000'300.0);
  std::vector<WrittenEvent> list;
  for (const WrittenEvent& each : logs.all)
    if (each.type != "t2" || each.end >= 1'500'000'300) list.push_back(each);
  std::sort(list.begin(), list.end(), [](const WrittenEvent& a, const WrittenEvent& b) {
    return std::tie(a.end, a.place.path, a.place.offset) <
           std::tie(b.end, b.place.path, b.place.offset);
  });
  auto around = [&](StoreReader& reader, const WrittenEvent& event, const EventSelection& selection,
                    NeighbourCounts counts) {
    auto alone = neighbours_in_file(reader, event.place, {});
    REQUIRE(alone.ok());
    REQUIRE(alone->has_value());
    auto found = neighbours_in_time(reader, std::move((*alone)->event), selection, counts);
    REQUIRE_MESSAGE(found.ok(), found.status().message());
    return std::move(*found);
  };
  logs.read([&](StoreReader& reader) {
    for (NeighbourCounts counts : kCounts) {
      for (std::size_t at : {std::size_t{0}, logs.random() % list.size(), list.size() - 1}) {
        CAPTURE(at);
        check_around(around(reader, list[at], {}, counts), list, at, counts);
      }
    }
    // The event itself need not be selected.
    std::vector<WrittenEvent> some;
    std::size_t at = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i == 1000) at = some.size();
      if (i == 1000 || list[i].type == "t1") some.push_back(list[i]);
    }
    EventSelection selection;
    selection.conditions.types.push_back(*TypePattern::parse("t1"));
    check_around(around(reader, list[1000], selection, {20, 20}), some, at, {20, 20});
  });
}

TEST_CASE("of two files with one name, the one whose event has the id is meant") {
  Logs logs;
  for (int i = 0; i < 20; ++i) logs.store("t0", R"({"id": "x", "body": {"level": 1}})");
  logs.compress("t0");
  for (int i = 0; i < 20; ++i) logs.store("t0", R"({"id": "y", "body": {"level": 2}})");
  const LogPlace place{path_of("t0"), packed(R"({"id": "x", "body": {"level": 1}})").size() * 7};
  logs.read([&](StoreReader& reader) {
    CHECK(numbers((*neighbours_in_file(reader, place, {1, 1}))->after) ==
          std::vector<std::uint64_t>{1});
    CHECK(numbers((*neighbours_in_file(reader, place, {1, 1}, "x"))->after) ==
          std::vector<std::uint64_t>{1});
    CHECK(numbers((*neighbours_in_file(reader, place, {1, 1}, "y"))->before) ==
          std::vector<std::uint64_t>{2});
    CHECK_FALSE(neighbours_in_file(reader, place, {1, 1}, "z")->has_value());
  });
}

TEST_CASE("events that take more than they may are refused, and only those that are asked for") {
  Logs logs;
  logs.add("t0", 100'000);
  for (int i = 0; i < 200; ++i) logs.add("t0", 1000);
  const auto list = logs.of_type("t0");
  logs.read([&](StoreReader& reader) {
    CHECK(neighbours_in_file(reader, list[100].place, {99, 100}, std::nullopt, 500'000).ok());
    CHECK(neighbours_in_file(reader, list[100].place, {99, 10}, std::nullopt, 120'000).ok());
    CHECK(neighbours_in_file(reader, list[100].place, {100, 10}, std::nullopt, 120'000)
              .status()
              .code() == Code::kTooLarge);
    CHECK(neighbours_in_file(reader, list[100].place, {10, 100}, std::nullopt, 50'000)
              .status()
              .code() == Code::kTooLarge);
    auto event = [&] { return (*neighbours_in_file(reader, list[100].place, {}))->event; };
    CHECK(neighbours_in_time(reader, event(), {}, {20, 20}, 50'000).ok());
    CHECK(neighbours_in_time(reader, event(), {}, {50, 50}, 50'000).status().code() ==
          Code::kTooLarge);
  });
}

TEST_CASE("an event without a time has neighbours only in its file") {
  Logs logs;
  logs.store("t0", R"({"id": 1, "body": {"level": 0}})");
  logs.store("t0", R"({"id": 2, "end": 3, "body": {"level": 1}})");
  logs.read([&](StoreReader& reader) {
    auto found = neighbours_in_file(reader, {path_of("t0"), 0}, {5, 5});
    REQUIRE(found.ok());
    CHECK(numbers((*found)->after) == std::vector<std::uint64_t>{1});
    CHECK(neighbours_in_time(reader, (*found)->event, {}, {5, 5}).status().code() ==
          Code::kInvalid);
  });
}

}  // namespace ox
