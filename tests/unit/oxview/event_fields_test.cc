#include "oxview/format/event_fields.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr std::string_view kFieldsEvent = R"({
  "id": "59682f", "type": "request", "host": "web-1", "pid": 4242, "start": 1500000000,
  "end": 1500000000.25, "body": {"level": 40, "name": "app.db", "message": "no connection",
  "user": "bob", "a.b": 1, "gone": null, "ok": true, "request": {"headers": [{"name": "x"}, 2]}}})";

std::string shown_field(std::string_view event, std::string_view name) {
  auto field = EventField::parse(name);
  REQUIRE_MESSAGE(field.ok(), field.status().message());
  const std::string bytes = packed(event);
  FieldReader reader;
  reader.set(bytes);
  std::string out;
  append_value_json(out, reader.value(*field));
  return out;
}

std::string shown_field(std::string_view name) { return shown_field(kFieldsEvent, name); }

std::string why_no_field(std::string_view name) {
  auto field = EventField::parse(name);
  REQUIRE_FALSE(field.ok());
  CHECK(field.status().code() == Code::kInvalid);
  return field.status().message();
}

}  // namespace

TEST_CASE("fields are the columns of a query") {
  CHECK(shown_field("id") == R"("59682f")");
  CHECK(shown_field("record_id") == R"("59682f")");
  CHECK(shown_field(" type ") == R"("request")");
  CHECK(shown_field("host") == R"("web-1")");
  CHECK(shown_field("pid") == "4242");
  CHECK(shown_field("start") == "1500000000");
  CHECK(shown_field("end") == "1500000000.25");
  CHECK(shown_field("ts") == R"("2017-07-14 02:40:00.250000+00:00")");
  CHECK(shown_field("duration") == "0.25");
  CHECK(shown_field("level") == "40");
  CHECK(shown_field("name") == R"("app.db")");
  CHECK(shown_field("message") == R"("no connection")");
  CHECK(shown_field(R"({"body": {"level": 1, "x": 2}})", "logrec") == R"({"x": 2})");
  CHECK(shown_field(R"({"body": {"logrec": {"y": 2}}})", "logrec.y") == "2");
}

TEST_CASE("fields are places in the body, with dots or with arrows") {
  CHECK(shown_field("body.user") == R"("bob")");
  CHECK(shown_field("body.request.headers[0].name") == R"("x")");
  CHECK(shown_field("body.request.headers[#-1]") == "2");
  CHECK(shown_field(R"(body."a.b")") == "1");
  CHECK(shown_field("body->'a.b'") == "1");
  CHECK(shown_field("body->>'user'") == R"("bob")");
  CHECK(shown_field("body ->> '$.request.headers[0]'") == R"({"name": "x"})");
  CHECK(shown_field("body->'request'->>'headers'->1") == "2");
  CHECK(shown_field("body.ok") == "true");
}

TEST_CASE("what an event does not have, and what is null, is no value; no level is 0") {
  CHECK(shown_field("body.nothing") == "null");
  CHECK(shown_field("body.gone") == "null");
  CHECK(shown_field("body.user.further") == "null");
  CHECK(shown_field("{}", "host") == "null");
  CHECK(shown_field("{}", "level") == "0");
  CHECK(shown_field(R"({"body": {"level": "high"}})", "level") == "0");
  CHECK(shown_field(R"({"end": 5})", "duration") == "null");
  CHECK(shown_field(R"({"end": "x"})", "ts") == "null");
  CHECK(shown_field("[1, 2]", "body") == "[1, 2]");
  CHECK(shown_field("[1, 2]", "id") == "null");
}

TEST_CASE("a wrong field says what is wrong with it") {
  CHECK(why_no_field("user").find("'user'; a value of the body is 'body.KEY'") !=
        std::string::npos);
  CHECK(why_no_field("hots").find("did you mean 'host'?") != std::string::npos);
  CHECK(why_no_field("").find("without a name") != std::string::npos);
  for (const char* name : {"body.", "body..a", "body[x]", "body->", "body->'a", "body->'a' 'b'",
                           "body->'$.a['", "host.a", "bodyguard", "body->>"})
    CHECK(why_no_field(name).find(name) != std::string::npos);
}

TEST_CASE("a list has commas between its fields, and not those in quotes") {
  auto fields = parse_event_fields("id, body->>'a,b' ,body.\"c,d\",host");
  REQUIRE(fields.ok());
  REQUIRE(fields->size() == 4);
  CHECK((*fields)[0].name() == "id");
  CHECK((*fields)[1].name() == "body->>'a,b'");
  CHECK((*fields)[2].name() == "body.\"c,d\"");
  CHECK((*fields)[3].name() == "host");
  for (const char* list : {"", "id,", ",id", "id,,host", "body->'a,id"})
    CHECK_FALSE(parse_event_fields(list).ok());
}

TEST_CASE("for people text is bare, and other values are JSON") {
  auto bare = [](std::string_view json, Controls controls = Controls::kKeep) {
    const std::string bytes = packed(json);
    std::string out;
    append_bare(out, RawValue(bytes), controls);
    return out;
  };
  CHECK(bare(R"("a\nb")") == "a\nb");
  CHECK(bare(R"("a\nb")", Controls::kEscape) == "a\\x0ab");
  CHECK(bare("null").empty());
  CHECK(bare("-5") == "-5");
  CHECK(bare("18446744073709551615") == "18446744073709551615");
  CHECK(bare("0.1") == "0.1");
  CHECK(bare("false") == "false");
  CHECK(bare(R"({"a": ["b"]})") == R"({"a": ["b"]})");
  std::string out;
  append_bare(out, RawValue(), Controls::kKeep);
  CHECK(out.empty());
}

}  // namespace ox
