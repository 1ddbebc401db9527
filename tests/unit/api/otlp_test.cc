#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/ingest/api/otlp/otlp_json.h"
#include "common/ingest/api/otlp/otlp_protobuf.h"
#include "tests/support/protobuf_bytes.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kOtlpNow = Seconds(1'700'000'000);

using OtlpReader = Status (*)(std::string_view, const OtlpTake&);

// The events of a request as JSON, "" between them; or the error.
std::string otlp_events(OtlpReader read, std::string_view request) {
  std::string out;
  Status status = read(request, [&](const OtlpRecord& record) {
    ForeignEvent event;
    event.type = "t";
    event.host = "h";
    fill_otlp_event(record, kOtlpNow, event);
    std::string stored;
    Status appended = event.append_to(stored);
    if (!out.empty()) out += "\n";
    out += json_of(stored);
    return appended;
  });
  return status.ok() ? out : "!" + status.message();
}

std::string otlp_of_json(std::string_view request) { return otlp_events(read_otlp_json, request); }
std::string otlp_of_protobuf(std::string_view request) {
  return otlp_events(read_otlp_protobuf, request);
}

// A request of one record.
std::string otlp_json_record(const std::string& record) {
  return R"({"resourceLogs": [{"scopeLogs": [{"logRecords": [)" + record + "]}]}]}";
}
std::string otlp_protobuf_record(const std::string& record) {
  return pb_bytes(1, pb_bytes(2, pb_bytes(2, record)));
}

std::string otlp_text(std::string_view text) { return pb_bytes(1, text); }
std::string otlp_pair(std::string_view key, std::string_view value) {
  return pb_bytes(1, key) + pb_bytes(2, value);
}

constexpr std::string_view kWholeOtlpEvent =
    R"({"type": "t", "host": "web-1", "pid": 7, "end": 1544712660.3, "body": {)"
    R"("level": 25, "level_name": "Information", "name": "my.library", "message": "Example log record", )"
    R"("time_unix_nano": 1544712660300000000, "observed_time_unix_nano": 1544712661300000000, )"
    R"("severity_number": 10, "severity_text": "Information", )"
    R"("trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174", "flags": 1, )"
    R"("event_name": "e", "dropped_attributes_count": 2, "attributes": {"text": "some string", )"
    R"("bool": true, "int": 637704, "double": 637.704, "list": ["many", -1], "map": {"a": {"b": null}}, )"
    R"("bytes": "hi", "none": null}, )"
    R"("scope": {"name": "my.library", "version": "1.0.0", "schema_url": "s", "attributes": )"
    R"({"k": "v"}}, )"
    R"("resource": {"schema_url": "r", "attributes": {"service.name": "my.service", )"
    R"("host.name": "web-1", "process.pid": 7}}}})";

// The example of opentelemetry-proto, with every kind of value.
std::string whole_otlp_protobuf() {
  const std::string list = pb_bytes(1, otlp_text("many")) +
                           pb_bytes(1, pb_varint(3, static_cast<std::uint64_t>(std::int64_t{-1})));
  const std::string map = pb_bytes(1, otlp_pair("a", pb_bytes(6, pb_bytes(1, otlp_pair("b", "")))));
  const std::string record =
      pb_fixed64(1, 1544712660300000000) + pb_fixed64(11, 1544712661300000000) + pb_varint(2, 10) +
      pb_bytes(3, "Information") + pb_bytes(5, otlp_text("Example log record")) +
      pb_bytes(6, otlp_pair("text", otlp_text("some string"))) +
      pb_bytes(6, otlp_pair("bool", pb_varint(2, 1))) +
      pb_bytes(6, otlp_pair("int", pb_varint(3, 637704))) +
      pb_bytes(6, otlp_pair("double", pb_double(4, 637.704))) +
      pb_bytes(6, otlp_pair("list", pb_bytes(5, list))) +
      pb_bytes(6, otlp_pair("map", pb_bytes(6, map))) +
      pb_bytes(6, otlp_pair("bytes", pb_bytes(7, "hi"))) + pb_bytes(6, pb_bytes(1, "none")) +
      pb_bytes(9, from_hex("5b8efff798038103d269b633813fc60c")) +
      pb_bytes(10, from_hex("eee19b7ec3c1b174")) + pb_fixed32(8, 1) + pb_bytes(12, "e") +
      pb_varint(7, 2);
  const std::string scope = pb_bytes(1, "my.library") + pb_bytes(2, "1.0.0") +
                            pb_bytes(3, otlp_pair("k", otlp_text("v")));
  const std::string resource = pb_bytes(1, otlp_pair("service.name", otlp_text("my.service"))) +
                               pb_bytes(1, otlp_pair("host.name", otlp_text("web-1"))) +
                               pb_bytes(1, otlp_pair("process.pid", pb_varint(3, 7)));
  // What is around the records stands behind them.
  return pb_bytes(1, pb_bytes(2, pb_bytes(2, record) + pb_bytes(1, scope) + pb_bytes(3, "s")) +
                         pb_bytes(3, "r") + pb_bytes(1, resource));
}

// The same text with keys in another order: maps of events keep the order of the wire.
std::string sorted_event(std::string_view json) {
  std::string text = packed(json);
  std::vector<std::string> parts;
  for (const RawMap::Entry& entry : RawMap(*RawValue(text).find("body"))) {
    std::string part = std::string(entry.name) + "=";
    if (!entry.value.is_map()) {
      parts.push_back(part + json_of(entry.value.bytes()));
      continue;
    }
    std::vector<std::string> inner;
    for (const RawMap::Entry& pair : RawMap(entry.value))
      inner.push_back(std::string(pair.name) + "=" + json_of(pair.value.bytes()));
    std::sort(inner.begin(), inner.end());
    for (const std::string& one : inner) part += one + ";";
    parts.push_back(part);
  }
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const std::string& part : parts) out += part + "\n";
  for (std::string_view key : {"type", "host", "pid", "end"})
    if (auto value = RawValue(text).find(key)) out += json_of(value->bytes()) + " ";
  return out;
}

TEST_CASE("a record of protobuf is an event with all that was sent") {
  CHECK(sorted_event(otlp_of_protobuf(whole_otlp_protobuf())) == sorted_event(kWholeOtlpEvent));
}

TEST_CASE("a record of JSON is the same event") {
  CHECK(sorted_event(otlp_of_json(R"({"resourceLogs": [{"resource": {"attributes": [
    {"key": "service.name", "value": {"stringValue": "my.service"}},
    {"key": "host.name", "value": {"stringValue": "web-1"}},
    {"key": "process.pid", "value": {"intValue": "7"}}]},
    "schemaUrl": "r", "scopeLogs": [{"schemaUrl": "s", "scope": {"name": "my.library",
      "version": "1.0.0", "attributes": [{"key": "k", "value": {"stringValue": "v"}}]},
      "logRecords": [{"timeUnixNano": "1544712660300000000",
        "observedTimeUnixNano": 1544712661300000000, "severityNumber": "SEVERITY_NUMBER_INFO2",
        "severityText": "Information", "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174", "flags": 1, "eventName": "e", "droppedAttributesCount": 2,
        "body": {"stringValue": "Example log record"}, "attributes": [
          {"key": "text", "value": {"stringValue": "some string"}},
          {"key": "bool", "value": {"boolValue": true}},
          {"key": "int", "value": {"intValue": "637704"}},
          {"key": "double", "value": {"doubleValue": 637.704}},
          {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "many"},
                                                              {"intValue": -1}]}}},
          {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value":
            {"kvlistValue": {"values": [{"key": "b", "value": {}}]}}}]}}},
          {"key": "bytes", "value": {"bytesValue": "aGk="}},
          {"key": "none"}]}]}]}]})")) == sorted_event(kWholeOtlpEvent));
}

TEST_CASE("names as in the .proto files are taken as well") {
  CHECK(sorted_event(otlp_of_json(R"({"resource_logs": [{"scope_logs": [{"log_records": [
          {"time_unix_nano": "1500000000250000000", "severity_number": 17,
           "body": {"kvlist_value": {"values": [{"key": "a", "value": {"int_value": "1"}}]}},
           "trace_id": "ab"}]}]}]})")) ==
        sorted_event(R"({"type": "t", "host": "h", "end": 1500000000.25, "body": {"level": 40,
          "time_unix_nano": 1500000000250000000, "severity_number": 17, "body": {"a": 1},
          "trace_id": "ab"}})"));
}

TEST_CASE("a body that is no text stays the value it is") {
  const std::string head = R"({"type": "t", "host": "h", "end": 1700000000.0, "body": {)";
  CHECK(otlp_of_json(otlp_json_record(R"({"body": {"boolValue": false}})")) ==
        head + R"("body": false}})");
  CHECK(otlp_of_json(otlp_json_record(R"({"body": {"arrayValue": {}}})")) ==
        head + R"("body": []}})");
  CHECK(otlp_of_json(otlp_json_record(R"({"body": null})")) == head + "}}");
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_bytes(5, pb_double(4, 1.5)))) ==
        head + R"("body": 1.5}})");
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_bytes(5, pb_bytes(5, "")))) ==
        head + R"("body": []}})");
  CHECK(otlp_of_protobuf(otlp_protobuf_record("")) == head + "}}");
}

TEST_CASE("of two times the record's own counts, and none is now") {
  auto end_of = [](const std::string& record) {
    const std::string event = packed(otlp_of_protobuf(otlp_protobuf_record(record)));
    return *RawValue(event).find("end")->as_number();
  };
  CHECK(end_of(pb_fixed64(1, 0) + pb_fixed64(11, 2'500'000'000)) == 2.5);
  CHECK(end_of(pb_fixed64(1, 1'500) + pb_fixed64(11, 2'500'000'000)) == 0.000001);
  CHECK(end_of(pb_fixed64(1, ~std::uint64_t{0})) == doctest::Approx(18446744073.709551));
  CHECK(end_of("") == 1'700'000'000.0);
}

TEST_CASE("the level is that of the number, or of the text when there is none") {
  auto level_of = [](const std::string& record) {
    const std::string event = packed(otlp_of_json(otlp_json_record(record)));
    auto level = RawValue(event).find("body")->find("level");
    return level ? static_cast<int>(level->as_int().value_or(-1)) : -1;
  };
  CHECK(level_of(R"({"severityNumber": 9})") == 20);
  CHECK(level_of(R"({"severityNumber": "SEVERITY_NUMBER_FATAL4"})") == 70);
  CHECK(level_of(R"({"severityNumber": "13"})") == 30);
  CHECK(level_of(R"({"severityNumber": 0, "severityText": "warn"})") == 30);
  CHECK(level_of(R"({"severityNumber": "SEVERITY_NUMBER_UNSPECIFIED"})") == -1);
  CHECK(level_of(R"({"severityText": "strange"})") == -1);
}

TEST_CASE("what the protocol does not know is kept") {
  CHECK(otlp_of_json(otlp_json_record(R"({"newField": [1], "body": {"stringValue": "x"}})"))
            .find(R"("message": "x", "newField": [1])") != std::string::npos);
  CHECK(otlp_of_json(otlp_json_record(R"({"body": {"futureValue": 1}})"))
            .find(R"("body": {"futureValue": 1}})") != std::string::npos);
  const std::string event = otlp_of_protobuf(pb_bytes(
      1, pb_bytes(1, pb_bytes(3, "entity")) +
             pb_bytes(2, pb_varint(9, 5) + pb_bytes(2, pb_varint(100, 3) + pb_bytes(101, "x")))));
  CHECK(event.find(R"("unknown_fields": {"100": 3, "101": "x"})") != std::string::npos);
  CHECK(event.find(R"("scope": {"unknown_fields": {"9": 5}})") != std::string::npos);
  CHECK(event.find(R"("resource": {"unknown_fields": {"3": "entity"}})") != std::string::npos);
}

TEST_CASE("a known field of another wire type is an unknown one") {
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_varint(1, 5)))
            .find(R"("unknown_fields": {"1": 5})") != std::string::npos);
}

TEST_CASE("records of all scopes and resources come in their order") {
  auto record = [](const char* text) { return pb_bytes(2, pb_bytes(5, otlp_text(text))); };
  const std::string events = otlp_of_protobuf(
      pb_bytes(1, pb_bytes(2, record("1") + record("2")) + pb_bytes(2, record("3"))) +
      pb_bytes(1, pb_bytes(2, record("4"))) + pb_bytes(1, ""));
  std::string order;
  for (std::size_t at = events.find("message"); at != std::string::npos;
       at = events.find("message", at + 1))
    order += events[at + 11];
  CHECK(order == "1234");
}

TEST_CASE("an empty request has no records") {
  CHECK(otlp_of_protobuf("") == "");
  CHECK(otlp_of_json("{}") == "");
  CHECK(otlp_of_json(R"({"resourceLogs": null})") == "");
}

TEST_CASE("broken protobuf is refused wherever it breaks") {
  const std::string whole = whole_otlp_protobuf();
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK(otlp_of_protobuf(whole.substr(0, size)).starts_with("!byte "));
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_bytes(5, "\x0a"))) ==
        "!byte 9: a number is cut off");
}

TEST_CASE("JSON that is no request is refused with the place") {
  CHECK(otlp_of_json("[]") == "!the request is no object");
  CHECK(otlp_of_json("{").starts_with("!line 1, column 2"));
  CHECK(otlp_of_json(R"({"resourceLogs": {}})") == "!resourceLogs is no array");
  CHECK(otlp_of_json(R"({"resourceLogs": [{}, 1]})") == "!resourceLogs[1]: this is no object");
  CHECK(otlp_of_json(R"({"resourceLogs": [{"resource": 1}]})") ==
        "!resourceLogs[0]: resource is no object");
  auto error_of = [](const std::string& record) {
    const std::string text = otlp_of_json(otlp_json_record("{}, " + record));
    constexpr std::string_view kWhere = "!resourceLogs[0]: scopeLogs[0]: logRecords[1]: ";
    REQUIRE(text.starts_with(kWhere));
    return text.substr(kWhere.size());
  };
  CHECK(error_of(R"({"timeUnixNano": "now"})") == "timeUnixNano is no unsigned 64-bit integer");
  CHECK(error_of(R"({"timeUnixNano": -1})") == "timeUnixNano is no unsigned 64-bit integer");
  CHECK(error_of(R"({"flags": 1.5})") == "flags is no unsigned 64-bit integer");
  CHECK(error_of(R"({"severityNumber": "SEVERITY_NUMBER_INFO5"})") ==
        "severityNumber is no severity number");
  CHECK(error_of(R"({"severityText": 5})") == "severityText is no text");
  CHECK(error_of(R"({"attributes": {}})") == "attributes is no array");
  CHECK(error_of(R"({"attributes": [5]})") == "an attribute is no object");
  CHECK(error_of(R"({"attributes": [{"key": 5}]})") == "the key of an attribute is no text");
  CHECK(error_of(R"({"body": {"intValue": "1.5"}})") == "an intValue is no 64-bit integer");
  CHECK(error_of(R"({"body": {"intValue": "9223372036854775808"}})") ==
        "an intValue is no 64-bit integer");
  CHECK(error_of(R"({"body": {"doubleValue": "x"}})") == "a doubleValue is no number");
  CHECK(error_of(R"({"body": {"bytesValue": "?"}})") == "a bytesValue is no base64");
  CHECK(error_of(R"({"body": {"arrayValue": {"values": 5}}})") == "values is no array");
}

TEST_CASE("doubles that JSON has no numbers for are text") {
  CHECK(otlp_of_json(otlp_json_record(R"({"body": {"arrayValue": {"values": [{"doubleValue": "NaN"},
    {"doubleValue": "-Infinity"}, {"doubleValue": "1e3"}, {"doubleValue": 2}]}}})"))
            .find("[NaN, -Infinity, 1000.0, 2.0]") != std::string::npos);
}

TEST_CASE("values that nest deeper than 100 levels are refused") {
  std::string value = otlp_text("x");
  for (int i = 0; i < 100; ++i) value = pb_bytes(5, pb_bytes(1, value));
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_bytes(5, value))).starts_with("{"));
  value = pb_bytes(5, pb_bytes(1, value));
  CHECK(otlp_of_protobuf(otlp_protobuf_record(pb_bytes(5, value))) ==
        "!a value is nested deeper than 100 levels");
}

TEST_CASE("what take() refuses ends the reading") {
  int taken = 0;
  auto refuse = [&](const OtlpRecord&) {
    ++taken;
    return Status(Code::kNoSpace, "full");
  };
  CHECK(read_otlp_json(otlp_json_record("{}, {}"), refuse).code() == Code::kNoSpace);
  CHECK(read_otlp_protobuf(otlp_protobuf_record("") + otlp_protobuf_record(""), refuse).code() ==
        Code::kNoSpace);
  CHECK(taken == 2);
}

}  // namespace
}  // namespace ox
