#include "common/client/event_body.h"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "proto/batch.h"
#include "proto/event_view.h"
#include "tests/unit/client/seen_event.h"
#include "tests/unit/proto/vectors.h"

namespace ox {
namespace {

std::string encode(const Value& body, bool* replaced = nullptr, const Value& id = "id") {
  return encode_event({id, "t", "h", 1, 1.0, 2.0, body}, replaced);
}

// The bytes of a value, as the body of an event: what comes last.
std::string hex_of(const Value& value) {
  static const std::string head = encode(nullptr);
  std::string event = encode(value);
  REQUIRE(event.substr(0, head.size() - 1) == head.substr(0, head.size() - 1));
  return to_hex(event.substr(head.size() - 1));
}

TEST_CASE("an event has the bytes of a BlueOx client's") {
  Value id("59682f00000000000000000000000000");
  Value body = Value::map({{"query", "SELECT 1"}});
  std::string event =
      encode_event({id, "request.db", "web-1", 4242, 1500000000.0, 1500000000.25, body});
  CHECK(event == read_vectors("event.txt")[0].text("body"));
}

TEST_CASE("every value takes its shortest form in the old MessagePack") {
  CHECK(hex_of(nullptr) == "c0");
  CHECK(hex_of(true) == "c3");
  CHECK(hex_of(127) == "7f");
  CHECK(hex_of(128) == "cc80");
  CHECK(hex_of(256) == "cd0100");
  CHECK(hex_of(65536) == "ce00010000");
  CHECK(hex_of(std::uint64_t{1} << 32U) == "cf0000000100000000");
  CHECK(hex_of(-32) == "e0");
  CHECK(hex_of(-33) == "d0df");
  CHECK(hex_of(-129) == "d1ff7f");
  CHECK(hex_of(-32769) == "d2ffff7fff");
  CHECK(hex_of(std::numeric_limits<std::int64_t>::min()) == "d38000000000000000");
  CHECK(hex_of(1.5) == "cb3ff8000000000000");
  CHECK(hex_of(std::string(31, 'x')).substr(0, 2) == "bf");
  CHECK(hex_of(std::string(32, 'x')).substr(0, 6) == "da0020");
  CHECK(hex_of(std::string(65536, 'x')).substr(0, 10) == "db00010000");
  CHECK(hex_of(Value::list({1, 2})) == "920102");
  CHECK(hex_of(std::vector<int>(16, 0)).substr(0, 6) == "dc0010");
  CHECK(hex_of(std::vector<int>(65536, 0)).substr(0, 10) == "dd00010000");
  CHECK(hex_of(Value::map({{"a", 1}})) == "81a16101");
  CHECK(hex_of("\xff\xfe") == "a2fffe");
}

TEST_CASE("a body too deep for readers becomes nil, and that is told") {
  Value body = Value::map({});
  for (std::size_t i = 2; i < kMaxEventDepth; ++i) body = Value::list({body});
  bool replaced = true;
  CHECK(see(encode(body, &replaced)).body != "null");
  CHECK_FALSE(replaced);
  body = Value::list({body});
  CHECK(see(encode(body, &replaced)).body == "null");
  CHECK(replaced);
}

TEST_CASE("a body too large for a batch becomes nil, and that is told") {
  bool replaced = false;
  std::string head = encode("");
  std::string fitting(kMaxEventBytes - head.size() - 4, 'x');  // a text's length takes 4 more
  CHECK(encode(fitting, &replaced).size() == kMaxEventBytes);
  CHECK_FALSE(replaced);
  CHECK(see(encode(fitting + "x", &replaced)).body == "null");
  CHECK(replaced);
}

TEST_CASE("an id may be any value") {
  CHECK(see(encode(nullptr, nullptr, 1)).id == "1");
  CHECK(see(encode(nullptr, nullptr, Value::list({1, "a"}))).id == "[1, \"a\"]");
}

}  // namespace
}  // namespace ox
