#include "common/ingest/api/logstash/logstash_event.h"

#include <string>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

using Input = LogstashEvent::Input;

std::string logstash_event(Input input, const std::string& packed_value) {
  LogstashEvent model(input);
  ForeignEvent event;
  event.host = "peer";
  event.end = 7;
  REQUIRE(model.fill(RawValue(packed_value), event).ok());
  if (event.type.empty()) event.type = "none of its own";
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

std::string packed_as_text(std::string_view text) {
  std::string out;
  pack_text(out, text);
  return out;
}

}  // namespace

TEST_CASE("a document of Logstash's is an event of the type that it says") {
  const std::string document = R"({"message": "hi", "type": "python logstash", "level": "INFO"})";
  const std::string event =
      R"({"type": "python_logstash", "host": "peer", "end": 7.0, "body": {"level": 20, )"
      R"("message": "hi", "type": "python logstash"}})";
  CHECK(logstash_event(Input::kDocuments, packed(document)) == event);
  CHECK(logstash_event(Input::kLines, packed_as_text(document)) == event);
  CHECK(logstash_event(Input::kDocuments, packed("{}")) ==
        R"({"type": "logstash", "host": "peer", "end": 7.0, "body": {}})");
}

TEST_CASE("plain text is a message") {
  CHECK(logstash_event(Input::kText, packed_as_text("two\nlines {")) ==
        R"({"type": "none of its own", "host": "peer", "end": 7.0, )"
        R"("body": {"message": "two\nlines {"}})");
}

TEST_CASE("what should be a document and is none is a message with a tag") {
  auto message = [](const std::string& text) {
    return R"({"type": "none of its own", "host": "peer", "end": 7.0, "body": {"message": )" +
           text + R"(, "tags": ["_jsonparsefailure"]}})";
  };
  CHECK(logstash_event(Input::kLines, packed_as_text("{\"a\":")) == message(R"("{\"a\":")"));
  CHECK(logstash_event(Input::kLines, packed_as_text("[1, {}]")) == message(R"("[1, {}]")"));
  CHECK(logstash_event(Input::kDocuments, packed("\"text\"")) == message("\"text\""));
  CHECK(logstash_event(Input::kDocuments, packed("12")) == message("\"12\""));
}

}  // namespace ox
