#include "oxview/format/event_format.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

using Kind = FormatSpec::Kind;

constexpr std::string_view kShown = R"({"id": 7, "type": "web", "host": "h", "end": 1500000000.25,
  "body": {"level": 40, "message": "it, \"failed\"\nbadly", "user": "b\u001bb"}})";

FormatSpec spec_of(Kind kind, std::string_view fields = "") {
  FormatSpec spec;
  spec.kind = kind;
  if (!fields.empty()) spec.fields = *parse_event_fields(fields);
  return spec;
}

// What stands below the head.
std::string formatted(const FormatSpec& spec, std::string_view json, FormatStyle style = {}) {
  auto format = make_format(spec, style);
  std::string out;
  Status status = format->append(out, packed(json));
  CHECK_MESSAGE(status.ok(), status.message());
  return out;
}

std::string head_of(const FormatSpec& spec) {
  std::string out;
  make_format(spec, {})->append_head(out);
  return out;
}

}  // namespace

TEST_CASE("fields in JSON are an object of them in their order, null for what is not there") {
  CHECK(formatted(spec_of(Kind::kJson, "host,body.nothing,body->>'user',id"), kShown) ==
        "{\"host\": \"h\", \"body.nothing\": null, \"body->>'user'\": \"b\\u001bb\", \"id\": 7}\n");
}

TEST_CASE("pretty fields stand below the header of the event") {
  CHECK(formatted(spec_of(Kind::kPretty, "id,host"), kShown) ==
        "\n=== web (7)\n{\n    \"host\": \"h\",\n    \"id\": 7\n}\n");
}

TEST_CASE("the short form is one line, whatever is in the event") {
  const FormatSpec spec = spec_of(Kind::kShort);
  CHECK(formatted(spec, kShown) ==
        "2017-07-14T02:40:00.250Z ERROR    h web it, \"failed\"\\x0abadly\n");
  CHECK(formatted(spec, R"({"type": "a\nb", "end": -1, "body": {"level": 33, "x": "\n"}})") ==
        "1969-12-31T23:59:59.000Z WARNING  - a\\x0ab {\"level\": 33, \"x\": \"\\n\"}\n");
  CHECK(formatted(spec, R"({"type": "t", "body": "text"})") ==
        "-                        -        - t text\n");
  CHECK(formatted(spec, "{}") == "-                        -        - - -\n");
  CHECK(formatted(spec, "[1]") == "-                        -        - - [1]\n");
}

TEST_CASE("CSV has a header row, and quotes where they are needed") {
  const FormatSpec spec =
      spec_of(Kind::kCsv, "id,message,body.nothing,body.empty,body->>'a,b',end");
  CHECK(head_of(spec) == "id,message,body.nothing,body.empty,\"body->>'a,b'\",end\r\n");
  CHECK(formatted(spec, kShown) == "7,\"it, \"\"failed\"\"\nbadly\",,,,1500000000.25\r\n");
  CHECK(formatted(spec, R"({"body": {"empty": "", "a,b": [1, 2], "message": " x"}})") ==
        ",\" x\",,\"\",\"[1, 2]\",\r\n");
  CHECK(head_of(spec_of(Kind::kCsv)) == "ts,type,host,pid,id,level,name,message,body\r\n");
}

TEST_CASE("MessagePack is the event's own bytes, or a map of the fields") {
  const std::string odd =
      from_hex("81da00026964d900");  // raw16 and str8: not as we would write them
  std::string out;
  auto format = make_format(spec_of(Kind::kMsgpack), {});
  CHECK(format->append(out, odd).ok());
  CHECK(out == odd);
  CHECK(formatted(spec_of(Kind::kMsgpack, "id,body.nothing,level"), kShown) ==
        packed(R"({"id": 7, "body.nothing": null, "level": 40})"));
}

TEST_CASE("a template has the values in its text") {
  FormatSpec spec = spec_of(Kind::kTemplate);
  spec.text = *EventTemplate::parse("<{{{id}}}> {body.user} {body.nothing}|{body}");
  CHECK(formatted(spec, R"({"id": 7, "body": {"user": "b\u001bb"}})") ==
        "<{7}> b\x1b"
        "b |{\"user\": \"b\\u001bb\"}\n");
}

TEST_CASE("on a terminal no form lets control characters through") {
  FormatStyle style;
  style.terminal = true;
  FormatSpec text = spec_of(Kind::kTemplate);
  text.text = *EventTemplate::parse("{body.user}{type}");
  const std::string_view evil = R"({"type": "\u001b[2J\u009b\r", "host": "\u001b", "id": "\u001b",
    "body": {"user": "\u001b]0;x\u0007", "message": "\u001bc"}})";
  for (const FormatSpec& spec :
       {text, spec_of(Kind::kCsv), spec_of(Kind::kShort), spec_of(Kind::kPretty),
        spec_of(Kind::kPretty, "host"), spec_of(Kind::kJson), spec_of(Kind::kJson, "type")}) {
    const std::string out = formatted(spec, evil, style);
    for (std::size_t at = 0; at < out.size();) {
      const std::uint32_t c = next_code_point(out, at);
      const bool line_end = c == '\n' || (c == '\r' && spec.kind == Kind::kCsv);
      CHECK((line_end || (c >= ' ' && (c < 0x7f || c >= 0xa0))));
    }
  }
}

TEST_CASE("every form refuses damage, and leaves what was there as it was") {
  const std::string good = packed(kShown);
  for (Kind kind :
       {Kind::kJson, Kind::kPretty, Kind::kShort, Kind::kCsv, Kind::kMsgpack, Kind::kTemplate}) {
    for (const char* fields : {"", "id"}) {
      auto format = make_format(spec_of(kind, fields), {});
      for (const std::string& bad : {good.substr(0, good.size() - 1), good + "x", std::string(),
                                     std::string("\xc1"), std::string(300, '\x91') + "\x01"}) {
        std::string out = "before";
        const Code code = format->append(out, bad).code();
        CHECK((code == Code::kCorrupt || code == Code::kTooLarge));
        CHECK(out == "before");
        CHECK_FALSE(format->append_group(out, {good, bad}).ok());
        CHECK(out == "before");
      }
    }
  }
}

TEST_CASE("a group is a list in JSON, and lines behind each other where there are no lists") {
  std::string out;
  CHECK(make_format(spec_of(Kind::kJson, "id"), {})
            ->append_group(out, {packed(R"({"id": 1})"), packed(R"({"id": 2})")})
            .ok());
  CHECK(out == "[{\"id\": 1}, {\"id\": 2}]\n");
  out.clear();
  CHECK(make_format(spec_of(Kind::kCsv, "id"), {})
            ->append_group(out, {packed(R"({"id": 1})"), packed(R"({"id": 2})")})
            .ok());
  CHECK(out == "1\r\n2\r\n");
}

}  // namespace ox
