#include "common/ingest/fluent/forward_message.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/fluent/forward_bytes.h"

namespace ox {
namespace {

using namespace forward_test;  // NOLINT(google-build-using-namespace)

ForwardTime time_of(const std::string& bytes) { return forward_time(RawValue(bytes)); }

double seconds_of(const std::string& bytes) {
  const ForwardTime time = time_of(bytes);
  REQUIRE(time.valid);
  REQUIRE(time.at);
  return time.at->seconds;
}

TEST_CASE("the second element tells the mode of a message") {
  auto message = ForwardMessage::parse(RawValue(kMessage));
  REQUIRE(message.ok());
  CHECK(message->mode == ForwardMessage::Mode::kMessage);
  CHECK(message->tag == "app.access");
  CHECK(json_of(message->record.bytes()) == R"({"message": "hi"})");
  CHECK_FALSE(message->chunk.valid());

  const std::string forward = packed(R"(["t", [[1, {"a": 1}]], {"chunk": "c9"}])");
  message = ForwardMessage::parse(RawValue(forward));
  REQUIRE(message.ok());
  CHECK(message->mode == ForwardMessage::Mode::kForward);
  CHECK(message->entries.size() == 1);
  CHECK(message->chunk.as_text() == "c9");

  message = ForwardMessage::parse(RawValue(kPacked));
  REQUIRE(message.ok());
  CHECK(message->mode == ForwardMessage::Mode::kPacked);
  CHECK(message->packed.size() == 39);
  CHECK(message->compression == ForwardMessage::Compression::kNone);

  message = ForwardMessage::parse(RawValue(kGzip));
  REQUIRE(message.ok());
  CHECK(message->compression == ForwardMessage::Compression::kGzip);
  CHECK(message->chunk.as_text() == "c1");
}

TEST_CASE("an option may have anything, and its chunk is a text") {
  auto with = [](const std::string& option) {
    static std::string bytes;
    bytes = packed(R"(["t", 1, {}, )" + option + "]");
    return ForwardMessage::parse(RawValue(bytes));
  };
  CHECK_FALSE(with(R"({"chunk": 7, "fluent_signal": 0})")->chunk.valid());
  CHECK_FALSE(with("null")->chunk.valid());
  CHECK(with(R"({"compressed": "text"})")->compression == ForwardMessage::Compression::kNone);
  CHECK(with(R"({"compressed": "zstd"})")->compression == ForwardMessage::Compression::kZstd);
  CHECK(with(R"({"compressed": "lzo"})").status().code() == Code::kUnsupported);
}

TEST_CASE("what is no message says why") {
  for (const char* json : {"{}", "5", "[]", R"(["t"])", R"([1, 2, {}])", R"(["t", 1])"}) {
    CAPTURE(json);
    const std::string bytes = packed(json);
    auto message = ForwardMessage::parse(RawValue(bytes));
    CHECK(message.status().code() == Code::kInvalid);
    CHECK_FALSE(message.status().message().empty());
  }
}

TEST_CASE("times are integers, floats, EventTime in either form, and pairs with metadata") {
  CHECK(seconds_of(packed("1500000000")) == 1500000000);
  CHECK(seconds_of(packed("1500000000.25")) == 1500000000.25);
  CHECK(seconds_of(from_hex("d70059682f000ee6b280")) == 1500000000.25);
  CHECK(seconds_of(from_hex("c7080059682f000ee6b280")) == 1500000000.25);
  CHECK(seconds_of(from_hex("92d70059682f000ee6b28080")) == 1500000000.25);
}

TEST_CASE("zero and nil are no time, and anything else is wrong") {
  for (const char* hex : {"00", "c0", "d7000000000000000000", "92c080"}) {
    CAPTURE(hex);
    const ForwardTime time = time_of(from_hex(hex));
    CHECK(time.valid);
    CHECK_FALSE(time.at);
  }
  for (const char* hex : {"a131", "c3", "80", "90", "9190", "d70159682f000ee6b280", "d60059682f00",
                          "cfffffffffffffffff", "cb7ff8000000000000"}) {
    CAPTURE(hex);
    CHECK_FALSE(time_of(from_hex(hex)).valid);
  }
}

}  // namespace
}  // namespace ox
