#include "common/read/api/oxd/event_fields.h"

#include <string>

#include <doctest/doctest.h>

#include "common/read/api/oxd/value_counts.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

const std::string kFieldsEvent =
    R"({"id": 7, "type": "t", "end": 1.5, "body": {"a": 1, "b": {"c": "x", "d": {"e": [1, {"f": 2}]}},
        "b.c": "dotted", "empty": {}, "nil": null}})";

TEST_CASE("fields have names by their way into the body") {
  const std::string event = packed(kFieldsEvent);
  std::string seen;
  for_each_field(EventSlices::of(event), [&](std::string_view name, RawValue value) {
    seen += std::string(name) + "=" + value_text(value) + ";";
  });
  CHECK(seen ==
        "id=7;type=t;end=1.5;body.a=1;body.b.c=x;body.b.d.e=[1, {\"f\": 2}];body.b.c=dotted;"
        "body.nil=null;");
}

TEST_CASE("a field is found by its name") {
  const std::string event = packed(kFieldsEvent);
  const EventSlices slices = EventSlices::of(event);
  CHECK(field_text(slices, "body.b.c") == "x");
  CHECK(field_text(slices, "id") == "7");
  for (const char* none : {"", "host", "body", "body.b", "body.c", "b.c", "body.a.b"})
    CHECK_FALSE_MESSAGE(field_text(slices, none), none);
}

TEST_CASE("maps that nest for long are looked into as far as is worth it") {
  std::string json = "1";
  for (int i = 0; i < 100; ++i) json = R"({"k": )" + json + "}";
  const std::string event = packed(R"({"body": )" + json + "}");
  int fields = 0;
  for_each_field(EventSlices::of(event), [&](std::string_view, RawValue) { ++fields; });
  CHECK(fields == 1);
}

TEST_CASE("values are counted, the most frequent first, and what is beyond the bound together") {
  ValueCounts counts(2);
  for (const char* value : {"b", "a", "a", "c", "b", "c", "c"}) counts.add(value);
  CHECK(counts.top(9) == std::vector<std::pair<std::string, std::uint64_t>>{{"a", 2}, {"b", 2}});
  CHECK(counts.top(1).size() == 1);
  CHECK(counts.distinct() == 2);
  CHECK(counts.others() == 3);
  ValueCounts longest;
  longest.add(std::string(ValueCounts::kLongestValue, 'x'));
  longest.add(std::string(ValueCounts::kLongestValue + 1, 'x'));
  CHECK(longest.distinct() == 1);
  CHECK(longest.others() == 1);
}

}  // namespace
}  // namespace ox
