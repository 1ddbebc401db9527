#include "common/ingest/api/fluent/fluent_body.h"

#include <string>

#include <doctest/doctest.h>

#include "proto/raw_value.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// The records as JSON, one behind the other, or the error.
std::string fluent_records(std::string_view content_type, std::string_view body,
                           std::string_view query = {}) {
  std::string records;
  Status status = append_fluent_records(content_type, query, body, records);
  if (!status.ok()) {
    CHECK(records.empty());
    return "error: " + status.message();
  }
  std::string out;
  for (std::string_view rest = records; !rest.empty();) {
    const RawValue record = RawValue::front_of(rest);
    rest.remove_prefix(record.bytes().size());
    out += json_of(record.bytes());
  }
  return out;
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

TEST_CASE("records are in a form's field, in the query, or the body itself") {
  CHECK(fluent_records(kForm, "json=%7B%22a%22%3A+1%7D") == R"({"a": 1})");
  CHECK(fluent_records(kForm, "x=1&msgpack=%81%A1a%01") == R"({"a": 1})");
  CHECK(fluent_records(kForm, "ndjson=%7B%7D%0A%7B%7D") == "{}{}");
  CHECK(fluent_records("", "", "json=[%7B%7D,%7B%7D]") == "{}{}");
  CHECK(fluent_records("application/json", R"([{"a": 1}, {"b": 2}])") == R"({"a": 1}{"b": 2})");
  CHECK(fluent_records("application/msgpack", "\x92\x80\x81\xa1z\xc0") == R"({}{"z": null})");
  CHECK(fluent_records("application/x-ndjson", "{\"a\":1}\n\n{}\n") == R"({"a": 1}{})");
}

TEST_CASE("a null is no record, and no error") {
  CHECK(fluent_records("application/json", "null").empty());
  CHECK(fluent_records("application/json", "[null, {}]") == "{}");
}

TEST_CASE("one bad record refuses all") {
  CHECK(fluent_records("application/json", "[{}, 3]") ==
        "error: index 1: a record must be an object");
  CHECK(fluent_records("application/x-ndjson", "{}\n[]\n") ==
        "error: line 2: a record must be an object");
  CHECK(fluent_records("application/msgpack", "\x80\xc1") ==
        "error: index 1: this is no MessagePack");
  CHECK(fluent_records(kForm, "json={").starts_with("error: invalid JSON: line 1, column 2"));
}

TEST_CASE("a body without records is told what is missing") {
  for (const std::string_view type : {kForm, std::string_view("text/plain"), std::string_view()}) {
    CAPTURE(type);
    CHECK(fluent_records(type, type.empty() ? "" : "a=1") ==
          "error: 'json', 'ndjson' or 'msgpack' parameter is required");
  }
}

}  // namespace
}  // namespace ox
