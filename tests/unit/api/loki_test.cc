#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "common/ingest/api/loki/loki_json.h"
#include "common/ingest/api/loki/loki_labels.h"
#include "common/ingest/api/loki/loki_protobuf.h"
#include "common/ingest/api/loki/snappy_block.h"
#include "tests/support/protobuf_bytes.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kLokiNow = Seconds(1'700'000'000);

using LokiReader = Status (*)(std::string_view, const LokiTake&);

// The events of a request as JSON, a line each; or the error.
std::string loki_events(LokiReader read, std::string_view request, std::string_view tenant = "") {
  std::string out;
  Status status = read(request, [&](const LokiEntry& entry) {
    ForeignEvent event;
    event.host = "h";
    fill_loki_event(entry, tenant, kLokiNow, event);
    event.type = "loki";
    std::string type;
    loki_type(entry.labels).render(event, "loki", type);
    event.type = type;
    std::string stored;
    Status appended = event.append_to(stored);
    if (!out.empty()) out += "\n";
    out += json_of(stored);
    return appended;
  });
  return status.ok() ? out : "!" + status.message();
}

std::string loki_of_json(std::string_view request) { return loki_events(read_loki_json, request); }
std::string loki_of_protobuf(std::string_view request) {
  return loki_events(read_loki_protobuf, request);
}

std::string loki_time(std::int64_t seconds, std::uint64_t nanos) {
  return pb_bytes(1, pb_varint(1, static_cast<std::uint64_t>(seconds)) + pb_varint(2, nanos));
}
std::string loki_stream(std::string_view labels, std::string_view entries) {
  return pb_bytes(1, pb_bytes(1, labels) + std::string(entries));
}
std::string loki_metadata(std::string_view name, std::string_view value) {
  return pb_bytes(3, pb_bytes(1, name) + pb_bytes(2, value));
}

std::string labels_of(std::string_view text) {
  std::string out;
  Status status = append_loki_labels(text, out);
  return status.ok() ? json_of(out) : "!" + status.message();
}

// One entry with these labels (JSON), its event.
std::string with_labels(const std::string& labels, const std::string& metadata = "{}") {
  return loki_of_json(R"({"streams": [{"stream": )" + labels + R"(, "values": [["1", "x", )" +
                      metadata + "]]}]}");
}

std::string at_of(const std::string& event, std::string_view key) {
  const std::string stored = packed(event);
  auto value = RawValue(stored).find(key);
  return value ? json_of(value->bytes()) : "";
}

std::string body_at(const std::string& event, std::string_view key) {
  const std::string stored = packed(event);
  auto value = RawValue(stored).find("body")->find(key);
  return value ? json_of(value->bytes()) : "";
}

constexpr std::string_view kWholeLokiEvent =
    R"({"type": "loki.web", "host": "web-1", "end": 1570818238.123456, "body": {"level": 30, )"
    R"("level_name": "warn", "name": "web", "message": "a \"line\"", "timestamp": 1570818238123456789, )"
    R"("labels": {"job": "web", "host": "web-1", "level": "warn"}, )"
    R"("structured_metadata": {"trace_id": "0242ac120002"}}})";

TEST_CASE("an entry of JSON is an event with all that was sent") {
  CHECK(loki_of_json(R"({"streams": [{"stream": {"job": "web", "host": "web-1", "level": "warn"},
          "values": [["1570818238123456789", "a \"line\"", {"trace_id": "0242ac120002"}]]}]})") ==
        kWholeLokiEvent);
}

TEST_CASE("an entry of protobuf is the same event") {
  CHECK(loki_of_protobuf(
            loki_stream(R"({job="web", host="web-1", level="warn"})",
                        pb_bytes(2, loki_time(1570818238, 123456789) + pb_bytes(2, "a \"line\"") +
                                        loki_metadata("trace_id", "0242ac120002")) +
                            pb_varint(3, 12345))) == kWholeLokiEvent);
}

TEST_CASE("an entry as Loki first had them is the same but for its time, which stays as it was") {
  const std::string event = loki_of_json(R"({"streams": [{
    "labels": "{job=\"web\", host=\"web-1\", level=\"warn\"}", "entries": [
      {"ts": "2019-10-11T18:23:58.123456789Z", "line": "a \"line\""}]}]})");
  CHECK(at_of(event, "end") == "1570818238.123456");
  CHECK(body_at(event, "timestamp") == R"("2019-10-11T18:23:58.123456789Z")");
  CHECK(body_at(event, "labels") == R"({"job": "web", "host": "web-1", "level": "warn"})");
  CHECK(body_at(event, "message") == R"("a \"line\"")");
}

TEST_CASE("JSON in a line is not looked into") {
  const std::string event =
      loki_of_json(R"({"streams": [{"stream": {}, "values": [["1", "{\"level\": \"error\"}"]]}]})");
  CHECK(body_at(event, "message") == R"("{\"level\": \"error\"}")");
  CHECK(body_at(event, "level") == "");
}

TEST_CASE("entries of all streams come in their order") {
  const std::string events = loki_of_json(R"({"streams": [
    {"stream": {"job": "a"}, "values": [["1", "1"], [2, "2"]]}, {"stream": {"job": "b"}},
    {"stream": {"job": "c"}, "values": [["3", "3"]]}]})");
  CHECK(std::count(events.begin(), events.end(), '\n') == 2);
  const std::string same = loki_of_protobuf(
      loki_stream("{job=\"a\"}", pb_bytes(2, loki_time(0, 1) + pb_bytes(2, "1")) +
                                     pb_bytes(2, loki_time(0, 2) + pb_bytes(2, "2"))) +
      loki_stream("{job=\"b\"}", "") +
      loki_stream("{job=\"c\"}", pb_bytes(2, loki_time(0, 3) + pb_bytes(2, "3"))));
  CHECK(events == same);
}

TEST_CASE("the type is that of the service, or of the job") {
  CHECK(at_of(with_labels(R"({"job": "a/b", "service_name": "web"})"), "type") == R"("loki.web")");
  CHECK(at_of(with_labels(R"({"job": "a/b"})"), "type") == R"("loki.a/b")");
  CHECK(at_of(with_labels(R"({"job": ""})"), "type") == R"("loki")");
  CHECK(at_of(with_labels("{}"), "type") == R"("loki")");
}

TEST_CASE("the host is that of a label, without a port") {
  CHECK(at_of(with_labels(R"({"hostname": "b", "host": "a"})"), "host") == R"("a")");
  CHECK(at_of(with_labels(R"({"hostname": "b", "instance": "c:1"})"), "host") == R"("b")");
  CHECK(at_of(with_labels(R"({"instance": "c:9100"})"), "host") == R"("c")");
  CHECK(at_of(with_labels(R"({"instance": "c"})"), "host") == R"("c")");
  CHECK(at_of(with_labels(R"({"instance": "[::1]:9100"})"), "host") == R"("[::1]")");
  CHECK(at_of(with_labels(R"({"instance": "fe80::1"})"), "host") == R"("fe80::1")");
  CHECK(at_of(with_labels(R"({"instance": ":80"})"), "host") == R"(":80")");
  CHECK(at_of(with_labels(R"({"host": ""})"), "host") == R"("h")");
}

TEST_CASE("the level is that of metadata or labels, the sender's word first") {
  CHECK(body_at(with_labels(R"({"level": "info"})", R"({"level": "error"})"), "level") == "40");
  CHECK(body_at(with_labels(R"({"level": "info"})", R"({"detected_level": "error"})"), "level") ==
        "20");
  CHECK(body_at(with_labels("{}", R"({"detected_level": "error"})"), "level") == "40");
  CHECK(body_at(with_labels(R"({"level": "bogus"})"), "level") == "");
  CHECK(body_at(with_labels(R"({"level": 5})"), "level") == "");
}

TEST_CASE("a tenant is kept") {
  const std::string event = loki_events(
      read_loki_json, R"({"streams": [{"stream": {}, "values": [["1", "x"]]}]})", "team-a");
  CHECK(body_at(event, "tenant") == R"("team-a")");
}

TEST_CASE("what the protocol does not know is kept") {
  CHECK(body_at(loki_of_json(R"({"streams": [{"values": [["1", "x", {}, 5]]}]})"), "extra") ==
        R"({"3": 5})");
  CHECK(body_at(loki_of_json(R"({"streams": [{"entries": [{"ts": 1, "line": "x", "y": 1}]}]})"),
                "extra") == R"({"y": 1})");
  const std::string event = loki_of_protobuf(loki_stream(
      "{}", pb_bytes(2, pb_bytes(2, "x") + pb_bytes(4, pb_bytes(1, "a") + pb_bytes(2, "b")) +
                            pb_varint(9, 7) + pb_bytes(10, "z"))));
  CHECK(body_at(event, "extra") ==
        R"({"parsed": {"a": "b"}, "unknown_fields": {"9": 7, "10": "z"}})");
  CHECK(at_of(event, "end") == "1700000000.0");
}

TEST_CASE("a time that no 64 bits of nanoseconds hold is none") {
  const std::string event = loki_of_protobuf(
      loki_stream("{}", pb_bytes(2, loki_time(std::int64_t{1} << 62, 0) + pb_bytes(2, "x"))));
  CHECK(at_of(event, "end") == "1700000000.0");
}

TEST_CASE("labels are read as LogQL writes them") {
  CHECK(labels_of("{}") == "{}");
  CHECK(labels_of(R"( { a = "b" , c="d", } )") == R"({"a": "b", "c": "d"})");
  CHECK(labels_of(R"({a="x\"y\\z\n\t"})") == R"({"a": "x\"y\\z\n\t"})");
  CHECK(labels_of(R"({a="\x41\101\u00e9\U0001F600"})") == R"({"a": "AA\u00e9\ud83d\ude00"})");
  CHECK(labels_of("{a=`b\\n\"c`}") == R"({"a": "b\\n\"c"})");
  CHECK(labels_of(R"({"a.b c"="d"})") == R"({"a.b c": "d"})");
  CHECK(labels_of("{a=\"{,}=\"}") == R"({"a": "{,}="})");
}

TEST_CASE("broken labels are refused with the place") {
  CHECK(labels_of("") == "!labels, byte 0: expected '{'");
  CHECK(labels_of("{") == "!labels, byte 1: expected the name of a label");
  CHECK(labels_of("{a}") == "!labels, byte 2: expected '='");
  CHECK(labels_of("{a=b}") == "!labels, byte 3: expected '\"'");
  CHECK(labels_of("{a=\"b}") == "!labels, byte 6: a value has no end");
  CHECK(labels_of("{a=`b}") == "!labels, byte 3: a value has no end");
  CHECK(labels_of("{a=\"\\q\"}") == "!labels, byte 4: there is no such escape");
  CHECK(labels_of("{a=\"\\x4") == "!labels, byte 4: an escape is cut off");
  CHECK(labels_of("{a=\"\\777\"}") == "!labels, byte 4: there is no such escape");
  CHECK(labels_of("{a=\"\\") == "!labels, byte 4: a value has no end");
  CHECK(labels_of("{a=\"b\" c=\"d\"}") == "!labels, byte 7: expected ',' or '}'");
  CHECK(labels_of("{}x") == "!labels, byte 2: there is more behind the '}'");
}

TEST_CASE("JSON that is no push is refused with the place") {
  CHECK(loki_of_json("{").starts_with("!line 1, column 2"));
  CHECK(loki_of_json("{}") == "!streams is missing, or no array");
  CHECK(loki_of_json(R"({"streams": [{}, 5]})") == "!streams[1]: this is no object");
  auto error_of = [](const std::string& stream) {
    return loki_of_json(R"({"streams": [)" + stream + "]}").substr(1);
  };
  CHECK(error_of(R"({"stream": []})") == "streams[0]: stream is no object");
  CHECK(error_of(R"({"labels": 5})") == "streams[0]: labels is no text");
  CHECK(error_of(R"({"labels": "x"})") == "streams[0]: labels, byte 0: expected '{'");
  CHECK(error_of(R"({"values": {}})") == "streams[0]: values is no array");
  CHECK(error_of(R"({"values": [["1", "x"], ["1"]]})") ==
        "streams[0]: values[1]: this is no array of a time and a line");
  CHECK(error_of(R"({"values": [["now", "x"]]})") ==
        "streams[0]: values[0]: the time is no number of nanoseconds");
  CHECK(error_of(R"({"values": [["1", 5]]})") == "streams[0]: values[0]: the line is no text");
  CHECK(error_of(R"({"values": [["1", "x", 5]]})") ==
        "streams[0]: values[0]: the structured metadata is no object");
  CHECK(error_of(R"({"entries": [{"ts": "2019-10-11"}]})") ==
        "streams[0]: entries[0]: the line is missing, or no text");
  CHECK(error_of(R"({"entries": [{"ts": "now", "line": "x"}]})")
            .starts_with("streams[0]: entries[0]: ts: "));
}

TEST_CASE("broken protobuf is refused wherever it breaks") {
  const std::string whole = loki_stream(
      R"({a="b"})", pb_bytes(2, loki_time(1, 2) + pb_bytes(2, "x") + loki_metadata("k", "v")));
  REQUIRE(loki_of_protobuf(whole).starts_with("{"));
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK(loki_of_protobuf(whole.substr(0, size)).starts_with("!"));
}

TEST_CASE("a snappy block is uncompressed within its bounds") {
  // 5 bytes as a literal; then "abab...", 12 bytes, as a literal and a copy.
  CHECK(*uncompress_snappy(std::string_view("\x05\x10hello", 7), 5) == "hello");
  CHECK(*uncompress_snappy(std::string_view("\x0c\x04"
                                            "ab\x26\x02\x00",
                                            7),
                           100) == "abababababab");
  CHECK(*uncompress_snappy(std::string_view("\x00", 1), 0) == "");
}

TEST_CASE("what is no snappy block is refused") {
  auto error_of = [](std::string_view block, std::uint64_t most) {
    return uncompress_snappy(block, most).status();
  };
  CHECK(error_of("", 100).message() == "this is no snappy block");
  CHECK(error_of(std::string_view("\x05\x10hello", 7), 4).code() == Code::kTooLarge);
  CHECK(error_of("\x05\x10hell", 100).message() == "the snappy block is broken");
  CHECK(error_of("\x06\x10hello", 100).message() == "the snappy block is broken");
  // 16 MiB announced in four bytes are not taken.
  CHECK(error_of(std::string_view("\x80\x80\x80\x08", 4), 64 << 20).message() ==
        "the snappy block is not as long as it says");
}

}  // namespace
}  // namespace ox
