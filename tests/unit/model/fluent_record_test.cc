#include "common/ingest/model/fluent_record.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string fluent_event_of(std::string_view tag, const std::string& json,
                            std::optional<Timestamp> time = {}) {
  const std::string record = packed(json);
  const TypeTemplate type = fluent_type(tag);
  ForeignEvent event;
  event.host = "10.0.0.1";
  event.end = 1000;
  fill_fluent_event(tag, RawValue(record), time, event);
  std::string name;
  type.render(event, "fluent", name);
  event.type = name;
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

TEST_CASE("a record has the type and the name of its tag") {
  CHECK(fluent_event_of("app.access", R"({"log": "hi", "container_name": "c"})") ==
        R"({"type": "app.access", "host": "10.0.0.1", "end": 1000.0, "body": )"
        R"({"name": "app.access", "message": "hi", "tag": "app.access", "log": "hi", )"
        R"("container_name": "c"}})");
}

TEST_CASE("the record's own name, tag and time are kept") {
  CHECK(fluent_event_of("t", R"({"name": "n", "tag": "mine", "time": 5})") ==
        R"({"type": "t", "host": "10.0.0.1", "end": 5.0, "body": {"name": "n", )"
        R"("fluent_tag": "t", "tag": "mine", "time": 5}})");
}

TEST_CASE("the protocol's time goes before the record's") {
  CHECK(fluent_event_of("t", R"({"time": 5})", timestamp_from_seconds(7.5)) ==
        R"({"type": "t", "host": "10.0.0.1", "end": 7.5, "body": {"name": "t", "tag": "t", )"
        R"("time": 5}})");
}

TEST_CASE("a tag becomes a type, whatever is in it") {
  CHECK(fluent_type("a..b.").text() == "a.b");
  CHECK(fluent_type("a b\x01\xff").text() == "a_b__");
  CHECK(fluent_type("...").text() == "fluent");
  CHECK(fluent_type(std::string(100, 'x')).text() == std::string(63, 'x'));
  CHECK(fluent_event_of("{name}", "{}").starts_with(R"({"type": "{name}", )"));
}

}  // namespace
}  // namespace ox
