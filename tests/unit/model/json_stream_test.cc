#include "common/ingest/model/json_stream.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// Everything a stream makes of `text`, fed in pieces of `piece` bytes: documents as JSON, the bad in
// angle brackets.
std::string split(std::string_view text, std::size_t piece, std::size_t max = 1000) {
  JsonInput input;
  JsonStream stream(input, max);
  std::string seen;
  auto drain = [&] {
    while (true) {
      std::string out;
      switch (stream.next(out)) {
        case JsonStream::Answer::kDocument:
          seen += json_of(out) + "\n";
          continue;
        case JsonStream::Answer::kBad:
          CHECK(!stream.bad_status().ok());
          CHECK(out.empty());
          seen += "<" + std::string(stream.bad_text()) + ">\n";
          continue;
        case JsonStream::Answer::kMore:
          break;
      }
      break;
    }
  };
  for (std::size_t at = 0; at < text.size(); at += piece) {
    stream.feed(text.substr(at, piece));
    drain();
    CHECK(stream.waiting() <= max + piece + 1);
  }
  stream.finish();
  drain();
  CHECK(stream.waiting() == 0);
  return seen;
}

// The same however it is fed.
std::string split_any(std::string_view text) {
  std::string whole = split(text, text.size() + 1);
  for (std::size_t piece : {1UL, 2UL, 3UL, 7UL, 16UL}) CHECK(split(text, piece) == whole);
  return whole;
}

TEST_CASE("one document a line, the last without its line end") {
  CHECK(split_any("{\"a\":1}\n{\"b\":2}\r\n\n[3]") == "{\"a\": 1}\n{\"b\": 2}\n[3]\n");
}

TEST_CASE("documents directly behind each other, and several on a line") {
  CHECK(split_any("{\"a\":1}{\"b\":[2]}[3] {}\n{}") == "{\"a\": 1}\n{\"b\": [2]}\n[3]\n{}\n{}\n");
}

TEST_CASE("a document over many lines") {
  CHECK(split_any("{\n  \"a\": [\n    1,\n    {\"x\": \"}]\\\"\"}\n  ],\n  \"b\": -1.5e3\n}\n{}") ==
        "{\"a\": [1, {\"x\": \"}]\\\"\"}], \"b\": -1500.0}\n{}\n");
}

TEST_CASE("garbage between two good lines costs itself alone") {
  CHECK(split_any("{\"a\":1}\ngarbage {[\" here\r\n{\"b\":2}\n") ==
        "{\"a\": 1}\n<garbage {[\" here>\n{\"b\": 2}\n");
  CHECK(split_any("1\n\"x\"\n{}\n") == "<1>\n<\"x\">\n{}\n");
}

TEST_CASE("a document that is cut does not take the next one with it") {
  CHECK(split_any("{\"a\":1\n{\"b\":2}\n{}\n") == "<{\"a\":1>\n{\"b\": 2}\n{}\n");
  CHECK(split_any("{\"a\":\n{\"b\":2}\n{\"c\":3}\n") == "<{\"a\":>\n{\"b\": 2}\n{\"c\": 3}\n");
  CHECK(split_any("{\"a\":\"x\n{\"b\":2}\n") == "<{\"a\":\"x>\n{\"b\": 2}\n");
  CHECK(split_any("[1,\n{\"b\":2}\n{\"c\":3}\n") == "<[1,>\n{\"b\": 2}\n{\"c\": 3}\n");
  CHECK(split_any("{\"a\":[1}\n{\"b\":2}\n") == "<{\"a\":[1}>\n{\"b\": 2}\n");
}

TEST_CASE("a document that is complete but wrong costs the rest of its line") {
  CHECK(split_any("{\"a\": nope} {\"x\":1}\n{\"b\":2}\n") ==
        "<{\"a\": nope} {\"x\":1}>\n{\"b\": 2}\n");
  CHECK(split_any("{\"a\" \"b\"}\n{}\n") == "<{\"a\" \"b\"}>\n{}\n");
  CHECK(split_any("{a}\n{}\n") == "<{a}>\n{}\n");
  CHECK(split_any("{\"a\":01}\n{}\n") == "<{\"a\":01}>\n{}\n");
  CHECK(split_any("[}\n{}\n") == "<[}>\n{}\n");
}

TEST_CASE("what the end of the stream cuts is bad, line by line") {
  CHECK(split_any("{}\n{\"a\":") == "{}\n<{\"a\":>\n");
  CHECK(split_any("{\"a\":\n[1,\n2") == "<{\"a\":>\n<[1,>\n<2>\n");
  CHECK(split_any("nonsense") == "<nonsense>\n");
}

TEST_CASE("a document over the limit is given up to the end of its line") {
  std::string good = "{\"b\": 2}\n";
  std::string large = "{\"a\":\"" + std::string(1000, 'x') + "\"}";
  for (std::size_t piece : {1UL, 50UL, 5000UL})
    CHECK(split(large + "\n" + good, piece, 100) == "<" + large.substr(0, 100) + ">\n" + good);
  std::string exact = "{\"a\": \"" + std::string(91, 'x') + "\"}";
  REQUIRE(exact.size() == 100);
  for (std::size_t piece : {1UL, 50UL, 5000UL}) {
    CHECK(split(exact + "\n" + good, piece, 100) == exact + "\n" + good);
    CHECK(split(exact + good, piece, 100) == exact + "\n" + good);
  }
  std::string garbage(1000, 'g');
  for (std::size_t piece : {1UL, 50UL, 5000UL})
    CHECK(split(garbage + "\n" + good, piece, 100) == "<" + garbage.substr(0, 100) + ">\n" + good);
}

TEST_CASE("nesting beyond what an event has room for is bad") {
  std::string deep(kMaxForeignDepth + 1, '[');
  CHECK(split(deep + "\n{}\n", 1000) == "<" + deep + ">\n{}\n");
}

TEST_CASE("adversaries get no square of their bytes") {
  // Every line opens what the next goes on with; the last breaks it all.
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "{\"a\":[],\n";
  JsonInput input;
  JsonStream stream(input, 1 << 20);
  stream.feed(lines);
  stream.finish();
  std::string out;
  std::size_t bad = 0;
  while (stream.next(out) == JsonStream::Answer::kBad) ++bad;
  CHECK(bad > 0);
  CHECK(out.empty());
  CHECK(stream.waiting() == 0);
}

}  // namespace
}  // namespace ox
