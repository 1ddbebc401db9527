#include "common/ingest/model/foreign_event.h"

#include <doctest/doctest.h>

#include "common/ingest/model/level.h"
#include "proto/batch.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string stored(const ForeignEvent& event) {
  std::string out = "before";
  REQUIRE(event.append_to(out).ok());
  return json_of(std::string_view(out).substr(6));
}

ForeignEvent minimal() {
  ForeignEvent event;
  event.type = "app";
  event.host = "h";
  event.end = 1.5;
  return event;
}

TEST_CASE("what is absent is left out; end is always there") {
  CHECK(stored(minimal()) == R"({"type": "app", "host": "h", "end": 1.5, "body": {}})");
}

TEST_CASE("everything there is has its place") {
  ForeignEvent event = minimal();
  event.id = 77;
  event.pid = 42;
  event.start = 1.25;
  event.name = "app.db";
  event.message = "hi";
  event.set_level(kLevelError, "err");
  std::string record = packed(R"({"x": [1, null], "y": {"z": 1.0}})");
  for (const auto& entry : RawMap(RawValue(record))) event.add(entry);
  event.add_int("n", -5, event.section("meta"));
  event.add_text("t", "x", event.section("meta"));
  event.add_uint("u", 5, event.section("data"));
  event.add_double("d", 0.5);
  event.add_bool("b", true);
  event.add_bool("c", false);
  event.add_nil("e");
  event.section("empty");
  CHECK(stored(event) ==
        R"({"id": 77, "type": "app", "host": "h", "pid": 42, "start": 1.25, "end": 1.5, "body": )"
        R"({"level": 40, "level_name": "err", "name": "app.db", "message": "hi", "x": [1, null], )"
        R"("y": {"z": 1.0}, "d": 0.5, "b": true, "c": false, "e": null, )"
        R"("meta": {"n": -5, "t": "x"}, "data": {"u": 5}}})");
  event.id_text = "abc";
  CHECK(stored(event).starts_with(R"({"id": "abc", )"));
  event.clear();
  event.type = "t";
  event.host = "h";
  CHECK(stored(event) == R"({"type": "t", "host": "h", "end": 0.0, "body": {}})");
}

TEST_CASE("a level keeps its sender's word for it, unless that is just its number or name") {
  auto body = [](auto... args) {
    ForeignEvent event = minimal();
    event.set_level(args...);
    std::string all = stored(event);
    return all.substr(all.find("\"body\": ") + 8);
  };
  CHECK(body(40) == R"({"level": 40}})");
  CHECK(body(40, "ERROR") == R"({"level": 40}})");
  CHECK(body(40, "40") == R"({"level": 40}})");
  CHECK(body(40, "error") == R"({"level": 40, "level_name": "error"}})");
  CHECK(body(30, "WARN") == R"({"level": 30, "level_name": "WARN"}})");
  CHECK(body(15, "DEBUG") == R"({"level": 15, "level_name": "DEBUG"}})");
  std::string number = packed("40");
  CHECK(body(40, RawValue(number)) == R"({"level": 40}})");
  CHECK(body(30, RawValue(number)) == R"({"level": 30, "level_name": 40}})");
  std::string word = packed("\"crit\"");
  CHECK(body(50, RawValue(word)) == R"({"level": 50, "level_name": "crit"}})");
}

TEST_CASE("a client's key that we write ourselves gets an underscore; nothing is lost") {
  ForeignEvent event = minimal();
  event.message = "ours";
  event.set_level(20, "info");
  std::string record =
      packed(R"({"message": 1, "message_": 2, "level": 3, "level_name": 4, "name": 5, "meta": 6,)"
             R"( "message": 7})");
  for (const auto& entry : RawMap(RawValue(record))) event.add(entry);
  event.add_int("message", 8, event.section("meta"));
  CHECK(stored(event) ==
        R"({"type": "app", "host": "h", "end": 1.5, "body": {"level": 20, "level_name": "info", )"
        R"("message": "ours", "message__": 1, "message_": 2, "level_": 3, "level_name_": 4, )"
        R"("name": 5, "meta_": 6, "message__": 7, "meta": {"message": 8}}})");
}

TEST_CASE("without ours a client's key of that name stays as it is") {
  ForeignEvent event = minimal();
  std::string record = packed(R"({"level": "bogus", "message": {"a": 1}, "name": 5})");
  for (const auto& entry : RawMap(RawValue(record))) event.add(entry);
  CHECK(stored(event).ends_with(R"("body": {"level": "bogus", "message": {"a": 1}, "name": 5}})"));
}

TEST_CASE("keys that are no text stay what they are") {
  ForeignEvent event = minimal();
  event.name = "n";
  using namespace std::string_view_literals;
  for (const auto& entry : RawMap(RawValue("\x81\x01\x02"sv))) event.add(entry);
  CHECK(stored(event).ends_with(R"("body": {"name": "n", "1": 2}})"));
}

TEST_CASE("text is found by its path through sections and maps, keys with dots first") {
  ForeignEvent event = minimal();
  std::string record = packed(R"({"service": "s", "a.b": "dotted", "a": {"b": "inner", "c.d": "x"},
                                  "n": 1, "k": {"l": {"m": "deep"}}})");
  for (const auto& entry : RawMap(RawValue(record))) event.add(entry);
  event.add_text("service.name", "web", event.section("resource"));
  CHECK(event.find_text("service") == "s");
  CHECK(event.find_text("a.b") == "dotted");
  CHECK(event.find_text("a.c.d") == "x");
  CHECK(event.find_text("k.l.m") == "deep");
  CHECK(event.find_text("resource.service.name") == "web");
  for (std::string_view path :
       {"n", "", ".", "a", "a.", "nope", "a.b.c", "k.l", "resource", "resource.x"})
    CHECK_MESSAGE(!event.find_text(path), path);
}

TEST_CASE("an event over the limit is refused and leaves nothing behind") {
  ForeignEvent event = minimal();
  std::string large(kMaxEventBytes, 'x');
  event.message = large;
  std::string out = "before";
  CHECK(event.append_to(out).code() == Code::kTooLarge);
  CHECK(out == "before");
}

TEST_CASE("the deepest value there may be makes an event that every reader takes") {
  std::string deep = std::string(kMaxForeignDepth - 1, '\x91') + "\x90";
  ForeignEvent event = minimal();
  event.add("x", RawValue(deep), event.section("s"));
  std::string out;
  REQUIRE(event.append_to(out).ok());
  CHECK(msgpack_length(out).ok());
}

}  // namespace
}  // namespace ox
