#include "proto/event_view.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/unit/proto/vectors.h"

namespace ox {

static Code code_of(const std::string& name) {
  if (name == "corrupt") return Code::kCorrupt;
  if (name == "unavailable") return Code::kUnavailable;
  REQUIRE(name == "too large");
  return Code::kTooLarge;
}

struct Field {
  const char* key;
  const msgpack::object* value;
};

TEST_CASE("events of the golden vectors are viewed") {
  for (const VectorCase& v : read_vectors("event.txt")) {
    CAPTURE(v.label());
    std::string body = v.text("body");
    auto decoded = Decoded::decode(body);
    if (v.has("error")) {
      REQUIRE_FALSE(decoded.ok());
      CHECK(decoded.status().code() == code_of(v.text("error")));
      CHECK(msgpack_length(body).status().code() == code_of(v.text("error")));
      continue;
    }
    REQUIRE(decoded.ok());
    CHECK(*msgpack_length(body) == body.size());
    EventView view = EventView::of(decoded->root());
    const Field texts[] = {{"id", view.id}, {"type", view.type}, {"host", view.host}};
    for (const Field& field : texts) {
      const auto& [key, value] = field;
      CAPTURE(field.key);
      if (v.has(key)) {
        REQUIRE(value != nullptr);
        CHECK(as_text(*value) == v.text(key));
      } else {
        CHECK((value == nullptr || !as_text(*value)));
      }
    }
    const Field numbers[] = {
        {"pid", view.pid}, {"start", view.start}, {"end", view.end}, {"id_number", view.id}};
    for (const Field& field : numbers) {
      const auto& [key, value] = field;
      CAPTURE(field.key);
      if (v.has(key)) {
        REQUIRE(value != nullptr);
        CHECK(as_number(*value) == v.number(key));
      }
    }
    CHECK((view.body != nullptr) == v.has("kind"));
    if (view.body != nullptr)
      CHECK((view.body->type == msgpack::type::NIL) == (v.text("kind") == "nil"));
  }
}

TEST_CASE("an event cut at any byte is unavailable, never wrong") {
  std::string body = read_vectors("event.txt")[0].text("body");
  for (std::size_t size = 0; size < body.size(); ++size) {
    auto length = msgpack_length(std::string_view(body).substr(0, size));
    REQUIRE_FALSE(length.ok());
    CHECK(length.status().code() == Code::kUnavailable);
  }
}

TEST_CASE("only the first value is taken, and its length told") {
  std::string body = read_vectors("event.txt")[0].text("body");
  std::size_t used = 0;
  REQUIRE(Decoded::decode(body + "\xc1", &used).ok());
  CHECK(used == body.size());
}

TEST_CASE("text points into the bytes that were decoded") {
  std::string body = read_vectors("event.txt")[0].text("body");
  auto decoded = Decoded::decode(body);
  REQUIRE(decoded.ok());
  auto type = find_text(decoded->root(), "type");
  REQUIRE(type.has_value());
  CHECK(type->data() >= body.data());
  CHECK(type->data() < body.data() + body.size());
  CHECK_FALSE(find_text(decoded->root(), "pid").has_value());
  CHECK(find_number(decoded->root(), "pid") == 4242.0);
  CHECK(find_key(decoded->root(), "none") == nullptr);
}

TEST_CASE("lengths that announce gigabytes cost no memory") {
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  for (const char* head : {"\xdd", "\xdf", "\xdb", "\xc6", "\xc9"}) {
    for (std::size_t behind = 0; behind < 64; ++behind) {
      std::string bytes = head + std::string("\xff\xff\xff\xff") + std::string(behind, '\x01');
      CHECK(Decoded::decode(bytes).status().code() == Code::kUnavailable);
      std::string nested;
      for (std::size_t i = 0; i < 50; ++i) nested += bytes;
      CHECK_FALSE(Decoded::decode(nested).ok());
    }
  }
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);  // KiB
}

TEST_CASE("a million levels are refused without using up the stack") {
  for (const char* level : {"\x91", "\x81", "\xdc\x01", "\xdd\x01"}) {
    std::string bytes;
    for (int i = 0; i < 1'000'000; ++i) bytes += level;
    CHECK_FALSE(Decoded::decode(bytes).ok());
    CHECK_FALSE(msgpack_length(bytes).ok());
  }
  CHECK(Decoded::decode(std::string(1'000'000, '\x91')).status().code() == Code::kTooLarge);
}

}  // namespace ox
