#include "common/read/api/chronologer/record_filter.h"

#include <atomic>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

struct Filtering {
  std::variant<EventSelection, HttpError> read(HttpPairs query) {
    return read_record_filter(query, types, job);
  }
  EventSelection selection(HttpPairs query) {
    auto out = read(std::move(query));
    REQUIRE(std::holds_alternative<EventSelection>(out));
    return std::get<EventSelection>(std::move(out));
  }
  // "TYPE: message".
  std::string refusal(HttpPairs query) {
    auto out = read(std::move(query));
    REQUIRE(std::holds_alternative<HttpError>(out));
    CHECK(std::get<HttpError>(out).status == 400);
    return std::get<HttpError>(out).type + ": " + std::get<HttpError>(out).message;
  }
  // Whether the selection has this event.
  bool has(HttpPairs query, const std::string& json) {
    EventSelection wanted = selection(std::move(query));
    const std::string event = packed(json);
    const EventSlices slices = EventSlices::of(event);
    if (!wanted.conditions.fits(slices, "")) return false;
    if (!wanted.test) return true;
    auto out = wanted.test(event, slices);
    REQUIRE_MESSAGE(out.ok(), out.status().message());
    return *out;
  }

  FakeClock clock;
  std::atomic<bool> ending{false};
  ScanJob job{HttpReply(), Seconds(1000), clock, ending};
  std::vector<TypePattern> types{*TypePattern::parse("chronologer")};
};

const std::string kEvent =
    R"({"id": 7, "type": "chronologer", "end": 1500000000.25,
        "body": {"level": 20, "name": "App.db", "message": "m", "logrec": {"data": {"x": 1}}}})";

TEST_CASE("without filters all events of the types are records") {
  Filtering filtering;
  CHECK(filtering.has({}, kEvent));
  CHECK_FALSE(filtering.has({}, R"({"type": "other", "end": 1, "body": {}})"));
}

TEST_CASE("times are inclusive, and may be written in many ways") {
  Filtering filtering;
  for (const char* at : {"2017-07-14T02:40:00.250000Z", "2017-07-14 02:40:00.25",
                         "2017-07-14T04:40:00.25+02:00", "2017-07-14T04:40:00.25 02:00"}) {
    CHECK_MESSAGE(filtering.has({{"after", at}, {"before", at}}, kEvent), at);
  }
  CHECK_FALSE(filtering.has({{"after", "2017-07-14T02:40:00.250001Z"}}, kEvent));
  CHECK_FALSE(filtering.has({{"before", "2017-07-14T02:40:00.249999Z"}}, kEvent));
  CHECK(filtering.refusal({{"after", "2019--14 18:49:-- Z"}}) ==
        "ValueError: time data '2019--14 18:49:-- Z' is not supported");
  CHECK(filtering.refusal({{"before", ""}}) == "ValueError: time data '' is not supported");
}

TEST_CASE("a level is a number, and means it and above") {
  Filtering filtering;
  CHECK(filtering.has({{"level", " 20 "}}, kEvent));
  CHECK_FALSE(filtering.has({{"level", "21"}}, kEvent));
  CHECK(filtering.has({{"level", "-5"}}, kEvent));
  for (const char* wrong : {"", "x", "2.5", "20x", "99999999999"})
    CHECK(filtering.refusal({{"level", wrong}}).starts_with("ValueError: \"level\""));
}

TEST_CASE("a name is one of several beginnings, literal, in any case") {
  Filtering filtering;
  for (const char* name : {"app", "APP.DB", "x, app", "App.db,", ",", ""})
    CHECK_MESSAGE(filtering.has({{"name", name}}, kEvent), name);
  for (const char* name : {"db", "a%", "app_db", "app.db.x", "x,y"})
    CHECK_FALSE_MESSAGE(filtering.has({{"name", name}}, kEvent), name);
  CHECK_FALSE(filtering.has({{"name", "a"}}, R"({"type": "chronologer", "end": 1, "body": {}})"));
}

TEST_CASE("a query is asked besides all else") {
  Filtering filtering;
  CHECK(filtering.has({{"query", "logrec->'$.data.x' = 1"}, {"name", "app"}}, kEvent));
  CHECK_FALSE(filtering.has({{"query", "logrec->'$.data.x' = 2"}}, kEvent));
  CHECK_FALSE(filtering.has({{"query", "level = 20"}, {"name", "web"}}, kEvent));
  CHECK(filtering.has({{"query", ""}}, kEvent));
  CHECK(filtering.refusal({{"query", "123#"}}) ==
        "StorageQueryError: Make sure the query filter is a valid WHERE expression");
}

TEST_CASE("conditions that are narrowed keep the narrower of each") {
  EventConditions all;
  EventConditions some;
  some.since = 5;
  some.until = 9;
  some.until_exclusive = true;
  some.min_level = 20;
  some.hosts = {"h"};
  some.words = {"w"};
  narrow(all, some);
  CHECK(all.since == 5);
  CHECK(all.until == 9);
  CHECK(all.until_exclusive);
  CHECK(all.min_level == 20);
  CHECK(all.hosts == std::vector<std::string>{"h"});
  EventConditions wider;
  wider.since = 1;
  wider.until = 10;
  wider.min_level = 10;
  wider.hosts = {"other"};
  narrow(all, wider);
  CHECK(all.since == 5);
  CHECK(all.until == 9);
  CHECK(all.until_exclusive);
  CHECK(all.min_level == 20);
  CHECK(all.hosts == std::vector<std::string>{"h"});
  CHECK(all.words == std::vector<std::string>{"w"});
}

}  // namespace
}  // namespace ox
