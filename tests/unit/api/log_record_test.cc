#include "common/ingest/api/chronologer/log_record.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kNow = Seconds(1'600'000'000);

// The record's answer, or "TYPE: message" of what it is refused with.
std::string answer(const std::string& json, RecordModel model = RecordModel::kChronologer) {
  const std::string document = packed(json);
  LogRecord record;
  if (auto error = record.read(RawValue(document), model, kNow))
    return error->type + ": " + error->message;
  std::string logrec;
  record.pack_logrec(logrec);
  std::string out;
  append_record_json(out, record, logrec, 7);
  return out;
}

// The stored event as JSON.
std::string event_of(const std::string& json, RecordModel model = RecordModel::kChronologer) {
  const std::string document = packed(json);
  LogRecord record;
  auto error = record.read(RawValue(document), model, kNow);
  CHECK_FALSE(error);
  std::string logrec;
  record.pack_logrec(logrec);
  ForeignEvent event;
  record.fill(event, logrec);
  event.id = 7;
  event.type = "t";
  event.host = "h";
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

std::string record_with(const std::string& more) {
  return R"({"name": "n", "created": 1500000000.25, "levelno": 20, "msg": "m",
             "exc_text": null, "exc_info": null)" +
         more + "}";
}

TEST_CASE("a record is sorted into its head, meta and data") {
  CHECK(answer(record_with(R"(, "message": "hi w", "lineno": 12, "foo": 387, "levelname": "INFO",
                              "asctime": "x", "taskName": null)")) ==
        R"({"name": "n", "ts": "2017-07-14 02:40:00.250000+00:00", "level": 20, )"
        R"("message": "hi w", "logrec": {"meta": {"msg": "m", "lineno": 12, "taskName": null}, )"
        R"("data": {"foo": 387}}, "id": 7})");
}

TEST_CASE("sections without anything in them are left out, and a whole second has no fraction") {
  CHECK(answer(R"({"name": "", "created": 1500000000, "levelno": 0, "message": "",
                   "exc_text": "", "exc_info": ["x"]})") ==
        R"({"name": "", "ts": "2017-07-14 02:40:00+00:00", "level": 0, "message": "", )"
        R"("logrec": {}, "id": 7})");
}

TEST_CASE("without a message the msg is taken as it stands") {
  CHECK(answer(record_with(R"(, "args": ["x"])")).find(R"("message": "m", "logrec": {"meta": )") !=
        std::string::npos);
}

TEST_CASE("an exception with its text is the error section") {
  const std::string json = R"({"name": "", "created": 0, "levelno": 0, "message": "",
                               "exc_text": "T", "exc_info": "1,"})";
  const std::string error = R"("logrec": {"error": {"exc_info": "1,", "exc_text": "T"}})";
  CHECK(answer(json).find(error) != std::string::npos);
  CHECK(event_of(json).find(error) != std::string::npos);
}

TEST_CASE("the first key that is missing is named, in Chronologer's order") {
  CHECK(answer("{}") == R"(ModelError: Key "name" is missing)");
  CHECK(answer(R"({"name": ""})") == R"(ModelError: Key "created" is missing)");
  CHECK(answer(R"({"name": "", "created": 0})") == R"(ModelError: Key "levelno" is missing)");
  CHECK(answer(R"({"name": "", "created": 0, "levelno": 0})") ==
        R"(ModelError: Key "msg" is missing)");
  CHECK(answer(R"({"name": "", "created": 0, "levelno": 0, "msg": ""})") ==
        R"(ModelError: Key "exc_text" is missing)");
  CHECK(answer(R"({"name": "", "created": 0, "levelno": 0, "msg": "", "exc_text": 0})") ==
        R"(ModelError: Key "exc_info" is missing)");
}

TEST_CASE("values that a record cannot have are refused") {
  for (const char* document : {"[]", "1", "null", "\"x\""})
    CHECK(answer(document) == "ModelError: A record must be an object");
  CHECK(answer(record_with(R"(, "name": 1)")) == R"(ModelError: Key "name" must be a string)");
  CHECK(answer(record_with(R"(, "name": null)")) == R"(ModelError: Key "name" must be a string)");
  CHECK(answer(record_with(R"(, "msg": {})")) == R"(ModelError: Key "msg" must be a string)");
  CHECK(answer(record_with(R"(, "message": [])")) ==
        R"(ModelError: Key "message" must be a string)");
  for (const char* level : {"-1", "256", "20.0", "true", "\"20\"", "null"})
    CHECK(answer(record_with(R"(, "levelno": )" + std::string(level))) ==
          R"(ModelError: Key "levelno" must be an integer from 0 to 255)");
  for (const char* created : {"\"x\"", "true", "null", "[]"})
    CHECK(answer(record_with(R"(, "created": )" + std::string(created))) ==
          R"(ModelError: Key "created" must be a number)");
  for (const char* created : {"1e300", "-1e12", "NaN"})
    CHECK(answer(record_with(R"(, "created": )" + std::string(created))) ==
          R"(ValueError: Key "created" is out of range)");
}

TEST_CASE("name and message are cut by characters in the answer, and whole in the event") {
  std::string names;
  std::string messages;
  for (int i = 0; i < 128; ++i) names += "ä";
  for (int i = 0; i < 256; ++i) messages += "m";
  const std::string json =
      record_with(R"(, "name": ")" + names + R"(", "message": ")" + messages + "\"");
  const std::string got = answer(json);
  std::string cut;
  for (int i = 0; i < 127; ++i) cut += "\\u00e4";
  CHECK(got.find("{\"name\": \"" + cut + "\", ") == 0);
  CHECK(got.find("\"message\": \"" + messages.substr(1) + "\", ") != std::string::npos);
  const std::string event = event_of(json);
  CHECK(event.find("\"name\": \"" + cut + "\\u00e4\"") != std::string::npos);
  CHECK(event.find("\"message\": \"" + messages + "\"") != std::string::npos);
}

TEST_CASE("the event has the record and what is no part of it") {
  CHECK(event_of(record_with(R"(, "process": 42, "asctime": "a", "levelname": "GOOD", "k": [1],
                                 "exc_info": [1])")) ==
        R"({"id": 7, "type": "t", "host": "h", "pid": 42, "end": 1500000000.25, "body": )"
        R"({"level": 20, "level_name": "GOOD", "name": "n", "message": "m", )"
        R"("exc_info": null, "asctime": "a", "exc_info": [1], )"
        R"("logrec": {"meta": {"msg": "m", "process": 42}, "data": {"k": [1]}}}})");
}

TEST_CASE("of equal keys in the head the last counts, and the others are kept") {
  CHECK(event_of(R"({"name": "a", "name": "b", "created": 1, "levelno": 10, "message": "",
                     "exc_text": null, "exc_info": null, "levelname": "DEBUG"})") ==
        R"({"id": 7, "type": "t", "host": "h", "end": 1.0, "body": {"level": 10, "name": "b", )"
        R"("message": "", "name_": "a", "logrec": {}}})");
}

TEST_CASE("a key of the sender's is nobody else's") {
  CHECK(event_of(record_with(R"(, "level": "x", "logrec": 1, "": 2, "meta": 3)")) ==
        R"({"id": 7, "type": "t", "host": "h", "end": 1500000000.25, "body": {"level": 20, )"
        R"("name": "n", "message": "m", "logrec": {"meta": {"msg": "m"}, "data": )"
        R"({"level": "x", "logrec": 1, "": 2, "meta": 3}}}})");
}

TEST_CASE("a raw document is kept whole, at the level of information") {
  CHECK(answer(R"({"a": 1, "b": [2], "c": "3"})", RecordModel::kRaw) ==
        R"({"name": "", "ts": "2020-09-13 12:26:40+00:00", "level": 20, "message": "", )"
        R"("logrec": {"a": 1, "b": [2], "c": "3"}, "id": 7})");
  CHECK(answer(R"({"name": "n", "created": 1.5, "levelno": 50, "message": "m"})",
               RecordModel::kRaw) ==
        R"({"name": "n", "ts": "1970-01-01 00:00:01.500000+00:00", "level": 20, )"
        R"("message": "m", "logrec": {"name": "n", "created": 1.5, "levelno": 50, )"
        R"("message": "m"}, "id": 7})");
  CHECK(answer(R"({"name": 1, "created": "x", "message": null})", RecordModel::kRaw) ==
        R"({"name": "", "ts": "2020-09-13 12:26:40+00:00", "level": 20, "message": "", )"
        R"("logrec": {"name": 1, "created": "x", "message": null}, "id": 7})");
  CHECK(answer("[1, null]", RecordModel::kRaw).find(R"("logrec": [1, null], )") !=
        std::string::npos);
  CHECK(answer("\"x\"", RecordModel::kRaw).find(R"("logrec": "x", )") != std::string::npos);
}

TEST_CASE("Python's record gets its message from msg and args, as Python would") {
  auto message = [](const std::string& more) {
    const std::string document = packed(record_with(more));
    LogRecord record;
    CHECK_FALSE(record.read(RawValue(document), RecordModel::kPython, kNow));
    return std::string(record.message());
  };
  CHECK(message(R"(, "msg": "a %s b %d", "args": ["x", 3])") == "a x b 3");
  CHECK(message(R"(, "msg": "%(k)s", "args": {"k": 1})") == "1");
  CHECK(message(R"(, "msg": "100%", "args": [])") == "100%");
  CHECK(message(R"(, "msg": "100%", "args": null)") == "100%");
  CHECK(message(R"(, "msg": "%d", "args": ["x"])") == "%d");
  CHECK(message(R"(, "msg": "%s", "args": ["x"], "message": "done")") == "done");
}

TEST_CASE("what Python's record lacks is made up for") {
  CHECK(answer("{}", RecordModel::kPython) ==
        R"({"name": "", "ts": "2020-09-13 12:26:40+00:00", "level": 20, "message": "", )"
        R"("logrec": {}, "id": 7})");
  CHECK(answer(R"({"levelname": "error"})", RecordModel::kPython).find("\"level\": 40") !=
        std::string::npos);
  CHECK(answer(R"({"levelno": "x"})", RecordModel::kPython) ==
        R"(ModelError: Key "levelno" must be an integer from 0 to 255)");
}

}  // namespace
}  // namespace ox
