#include "common/ingest/api/pbu/pbu_record.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kPbuNow = Seconds(1'725'272'100);  // 2024-09-02T10:15:00Z
constexpr std::size_t kMaxBytes = 1 << 20;

// These tests are about text, not about zones.
struct InUtc {
  InUtc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

std::string pbu_record_with(const std::string& more) {
  return R"({"name": "my.log", "levelno": 20, "levelname": "INFO", "lineno": 42,
             "created": 1725272000.5, "msg": "Hello log server")" +
         more + "}";
}

// The text of the level file, or "STATUS: message" of what it is refused with.
std::string lines_of(const std::string& json, PbuLayout layout = PbuLayout::kSeed) {
  InUtc utc;
  const std::string document = packed(json);
  PbuRecord record;
  if (auto error = record.read(RawValue(document), kPbuNow, kMaxBytes))
    return std::to_string(error->status) + ": " + error->message;
  std::string out;
  record.append_lines(out, layout, kPbuNow);
  return out;
}

std::string message_of(const std::string& json) {
  const std::string document = packed(json);
  PbuRecord record;
  auto error = record.read(RawValue(document), kPbuNow, kMaxBytes);
  REQUIRE_FALSE(error);
  return std::string(record.message());
}

std::string pbu_event_of(const std::string& json) {
  const std::string document = packed(json);
  PbuRecord record;
  auto error = record.read(RawValue(document), kPbuNow, kMaxBytes);
  REQUIRE_FALSE(error);
  ForeignEvent event;
  record.fill(event);
  event.type = "t";
  event.host = "h";
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

PbuLevel level_of(const std::string& json) {
  const std::string document = packed(json);
  PbuRecord record;
  auto error = record.read(RawValue(document), kPbuNow, kMaxBytes);
  REQUIRE_FALSE(error);
  return record.level();
}

TEST_CASE("a record is one line in either layout") {
  CHECK(lines_of(pbu_record_with("")) == "2024-09-02 10:13:20,500 INFO:my.log Hello log server\n");
  CHECK(lines_of(pbu_record_with(""), PbuLayout::kDated) ==
        "[2024-09-02 10:13:20.500] INFO:my.log:42 Hello log server\n");
}

TEST_CASE("a warning is WARN in the dated layout, and what is critical an error") {
  const std::string warning = R"({"name": "n", "msg": "m", "levelno": 30, "levelname": "WARNING"})";
  CHECK(lines_of(warning) == "2024-09-02 10:15:00,000 WARNING:n m\n");
  CHECK(lines_of(warning, PbuLayout::kDated) == "[2024-09-02 10:15:00.000] WARN:n:0 m\n");
  const std::string critical =
      R"({"name": "n", "msg": "m", "levelno": 50, "levelname": "CRITICAL"})";
  CHECK(lines_of(critical) == "2024-09-02 10:15:00,000 CRITICAL:n m\n");
  CHECK(lines_of(critical, PbuLayout::kDated) == "[2024-09-02 10:15:00.000] ERROR:n:0 m\n");
}

TEST_CASE("a level of the sender's own goes to the file at or below it") {
  auto level = [](const std::string& number) {
    return level_of(R"({"name": "n", "msg": "m", "levelno": )" + number + "}");
  };
  CHECK(level("50") == PbuLevel::kError);
  CHECK(level("40") == PbuLevel::kError);
  CHECK(level("35") == PbuLevel::kWarning);
  CHECK(level("25") == PbuLevel::kInfo);
  CHECK(level("15") == PbuLevel::kDebug);
  CHECK(level("-7") == PbuLevel::kDebug);
  CHECK(level("1000000") == PbuLevel::kError);
  CHECK(level("\"30\"") == PbuLevel::kWarning);
  CHECK(level_of(R"({"name": "n", "msg": "m", "levelname": "WARN"})") == PbuLevel::kWarning);
  CHECK(level_of(R"({"name": "n", "msg": "m", "levelno": null, "levelname": "error"})") ==
        PbuLevel::kError);
}

TEST_CASE("args are put into the message as Python does it") {
  CHECK(message_of(pbu_record_with(R"(, "msg": "a %s b %d", "args": ["x", 3])")) == "a x b 3");
  CHECK(message_of(pbu_record_with(R"(, "msg": "%(k)s", "args": {"k": 1})")) == "1");
  CHECK(message_of(pbu_record_with(R"(, "msg": "100%", "args": null)")) == "100%");
  CHECK(message_of(pbu_record_with(R"(, "msg": "100%", "args": [])")) == "100%");
}

TEST_CASE("args that do not fit the message are shown behind it") {
  CHECK(message_of(pbu_record_with(R"(, "msg": "100%", "args": ["x"])")) == "100% args=[\"x\"]");
  CHECK(message_of(pbu_record_with(R"(, "msg": "hi", "args": ["w", 1])")) == "hi args=[\"w\", 1]");
}

TEST_CASE("a message that the sender has formatted is left alone") {
  CHECK(message_of(pbu_record_with(R"(, "msg": "a %s", "args": ["x"], "message": "a %s")")) ==
        "a %s");
}

TEST_CASE("what is no text is shown as Python would") {
  CHECK(message_of(R"({"name": 7, "levelno": 20, "msg": {"a": [1, null]}})") == "{'a': [1, None]}");
}

TEST_CASE("only a record without a name, a message or a level is refused") {
  CHECK(lines_of("[]") == "400: A record must be a JSON object");
  CHECK(lines_of(R"({"msg": "m", "levelno": 20})") == "400: \"name\" is missing");
  CHECK(lines_of(R"({"name": null, "msg": "m", "levelno": 20})") == "400: \"name\" is missing");
  CHECK(lines_of(R"({"name": "n", "levelno": 20})") == "400: \"msg\" is missing");
  CHECK(lines_of(R"({"name": "n", "msg": "m", "levelname": "LOUD"})") ==
        "400: There is neither a \"levelno\" nor a \"levelname\" that is known");
  CHECK(lines_of(R"({"name": "", "msg": "", "levelno": 20})") ==
        "2024-09-02 10:15:00,000 INFO: \n");
}

TEST_CASE("the trace follows on lines of its own") {
  CHECK(
      lines_of(pbu_record_with(R"(, "trace": ["    f:1 g", "        code"], "stack_info": "S")")) ==
      "2024-09-02 10:13:20,500 INFO:my.log Hello log server\n    f:1 g\n        code\n");
}

TEST_CASE("without a trace the texts of the exception and the stack follow") {
  CHECK(lines_of(pbu_record_with(R"(, "trace": [], "exc_text": "E\n e", "stack_info": "S\n s")")) ==
        "2024-09-02 10:13:20,500 INFO:my.log Hello log server\nE\n e\nS\n s\n");
}

TEST_CASE("no further line can be taken for the beginning of a record") {
  const std::string json = pbu_record_with(
      R"(, "name": "a\nb", "msg": "one\r\n[two\rthree\n", "trace": ["[four", "2024-01-01 x\n[y"])");
  CHECK(lines_of(json, PbuLayout::kDated) ==
        "[2024-09-02 10:13:20.500] INFO:a b:42 one\n [two\nthree\n [four\n2024-01-01 x\n [y\n");
  CHECK(lines_of(json) ==
        "2024-09-02 10:13:20,500 INFO:a b one\n [two\nthree\n [four\n 2024-01-01 x\n [y\n");
}

TEST_CASE("bytes that are no UTF-8 are shown as such, and kept in the event") {
  const std::string json = "{\"name\": \"n\", \"levelno\": 20, \"msg\": \"a\xff z\"}";
  CHECK(lines_of(json) == "2024-09-02 10:15:00,000 INFO:n a\xef\xbf\xbd z\n");
  CHECK(message_of(json) == "a\xff z");
}

TEST_CASE("a time that nobody can have meant is not shown, but kept") {
  for (const char* created : {"0", "-5", "1e300", "1725459000", "\"x\""}) {
    const std::string json =
        R"({"name": "n", "levelno": 20, "msg": "m", "created": )" + std::string(created) + "}";
    CHECK(lines_of(json) == "2024-09-02 10:15:00,000 INFO:n m\n");
  }
  CHECK(pbu_event_of(R"({"name": "n", "levelno": 20, "msg": "m", "created": "x"})") ==
        R"({"type": "t", "host": "h", "end": 1725272100.0, "body": {"level": 20, "name": "n", )"
        R"("message": "m", "levelno": 20, "msg": "m", "created": "x"}})");
}

TEST_CASE("the event has all that was sent") {
  CHECK(pbu_event_of(
            pbu_record_with(R"(, "args": ["x"], "process": 7, "extra": {"a": 1}, "level": 3)")) ==
        R"({"type": "t", "host": "h", "pid": 7, "end": 1725272000.5, "body": {"level": 20, )"
        R"("name": "my.log", "message": "Hello log server args=[\"x\"]", "levelno": 20, )"
        R"("levelname": "INFO", "lineno": 42, "created": 1725272000.5, "msg": "Hello log server", )"
        R"("args": ["x"], "process": 7, "extra": {"a": 1}, "level_": 3}})");
  CHECK(pbu_event_of(
            R"({"name": "n", "name": "o", "levelno": 1000, "levelname": "LOUD", "msg": 1})") ==
        R"({"type": "t", "host": "h", "end": 1725272100.0, "body": {"level": 255, )"
        R"("level_name": "LOUD", "name": "o", "message": "1", "name_": "n", "levelno": 1000, )"
        R"("levelname": "LOUD", "msg": 1}})");
}

}  // namespace
}  // namespace ox
