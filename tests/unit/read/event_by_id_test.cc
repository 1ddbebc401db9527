#include "common/read/event_by_id.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/read/read_fixture.h"

namespace ox {
namespace {

std::string found_name(StoreReader& reader, std::string_view id, IdKind kind,
                       const EventSelection& selection = {}) {
  auto found = event_by_id(reader, selection, id, kind);
  REQUIRE_MESSAGE(found.ok(), found.status().message());
  if (!*found) return "none";
  return std::string(
      BodySlices::of(EventSlices::of((*found)->bytes).body).name.as_text().value_or(""));
}

}  // namespace

TEST_CASE("an event is found by the text or the whole number that its id is") {
  ReadFixture fixture;
  fixture.store("a", R"({"id": "6b014db001f05eef", "end": 1, "body": {"name": "text"}})");
  fixture.store("a", R"({"id": 7, "end": 1, "body": {"name": "seven"}})");
  fixture.store("a", R"({"id": "007", "end": 1, "body": {"name": "agent"}})");
  fixture.store("b", R"({"id": "web:20171130T101530.123000Z:0", "body": {"name": "logger"}})");
  fixture.store("b", R"({"id": "6b014db001f05eef", "end": 1, "body": {"name": "second"}})");
  fixture.store("b", R"({"id": "é ", "end": 1, "body": {"name": "odd"}})");
  fixture.store("c", R"({"id": 1.5, "end": 8, "body": {"name": "none", "id": "inner"}})");
  fixture.store("c", R"({"id": 9007199254740991, "body": {"name": "large"}})");
  fixture.read([&](StoreReader& reader) {
    auto any = [&](std::string_view id) { return found_name(reader, id, IdKind::kAny); };
    CHECK(any("6b014db001f05eef") == "text");
    CHECK(any("7") == "seven");
    CHECK(any("007") == "agent");
    CHECK(any("web:20171130T101530.123000Z:0") == "logger");
    CHECK(any("é ") == "odd");
    CHECK(any("9007199254740991") == "large");
    for (const char* none : {"8", "6b014db001f05ee", "inner", "web", "6B014DB001F05EEF", "1.5",
                             "-7", "18446744073709551616", "18446744073709551615", "1", "x y"})
      CHECK_MESSAGE(any(none) == "none", none);

    auto record = [&](std::string_view id) { return found_name(reader, id, IdKind::kRecord); };
    CHECK(record("7") == "seven");
    CHECK(record("007") == "seven");
    CHECK(record("6b014db001f05eef") == "none");
    CHECK(record("") == "none");

    EventSelection of_b;
    of_b.conditions.types.push_back(*TypePattern::parse("b"));
    CHECK(found_name(reader, "6b014db001f05eef", IdKind::kAny, of_b) == "second");
    EventSelection late;
    late.conditions.since = 2;
    CHECK(found_name(reader, "6b014db001f05eef", IdKind::kAny, late) == "none");
  });
}

TEST_CASE("the place of an event that is found is its file's name and its offset") {
  ReadFixture fixture;
  fixture.store("a", R"({"id": 1, "end": 1})");
  fixture.store("a", R"({"id": 2, "end": 1})");
  fixture.read([&](StoreReader& reader) {
    auto found = event_by_id(reader, {}, "2", IdKind::kAny);
    REQUIRE(found.ok());
    REQUIRE(found->has_value());
    CHECK((*found)->place ==
          LogPlace{"20170714/a-20170714.log", packed(R"({"id": 1, "end": 1})").size()});
  });
}

}  // namespace ox
