#include "proto/raw_value.h"

#include <limits>

#include <doctest/doctest.h>
#include <msgpack.hpp>

#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

using Kind = RawValue::Kind;
using namespace std::string_view_literals;

TEST_CASE("integers of every width are read back, signed and unsigned forms alike") {
  for (std::int64_t value : {0L,
                             1L,
                             127L,
                             128L,
                             255L,
                             256L,
                             65535L,
                             65536L,
                             4294967295L,
                             4294967296L,
                             std::numeric_limits<std::int64_t>::max(),
                             -1L,
                             -32L,
                             -33L,
                             -128L,
                             -129L,
                             -32768L,
                             -32769L,
                             -2147483648L,
                             -2147483649L,
                             std::numeric_limits<std::int64_t>::min()}) {
    std::string bytes;
    pack_int(bytes, value);
    CHECK(RawValue(bytes).as_int() == value);
    CHECK(RawValue(bytes).kind() == Kind::kInt);
    CHECK(skip_value(bytes) == bytes.size());
    std::optional<std::uint64_t> expected;
    if (value >= 0) expected = static_cast<std::uint64_t>(value);
    CHECK(RawValue(bytes).as_uint() == expected);
    // As short as msgpack's own library makes it.
    msgpack::sbuffer theirs;
    msgpack::pack(theirs, value);
    CHECK(bytes == std::string_view(theirs.data(), theirs.size()));
  }
  std::string large;
  pack_uint(large, std::numeric_limits<std::uint64_t>::max());
  CHECK(RawValue(large).as_uint() == std::numeric_limits<std::uint64_t>::max());
  CHECK(!RawValue(large).as_int());
  CHECK(RawValue(large).as_number() == 18446744073709551616.0);
  CHECK(RawValue("\xd0\x05"sv).as_uint() == 5);
  CHECK(RawValue("\xd1\x01\x00"sv).as_uint() == 256);
}

TEST_CASE("text is str, bin and old raw alike, of every length") {
  for (std::size_t size : {0UL, 1UL, 31UL, 32UL, 255UL, 256UL, 65535UL, 65536UL}) {
    std::string text(size, 'x');
    std::string bytes;
    pack_text(bytes, text);
    CHECK(RawValue(bytes).as_text() == text);
    CHECK(bytes.size() == size + (size < 32 ? 1 : size < 65536 ? 3 : 5));
  }
  CHECK(RawValue("\xd9\x02hi"sv).as_text() == "hi");
  CHECK(RawValue("\xc4\x02hi"sv).as_text() == "hi");
  CHECK(RawValue("\xc5\x00\x02hi"sv).as_text() == "hi");
  CHECK(!RawValue("\xa3hi"sv).as_text());
  CHECK(!RawValue("\x01"sv).as_text());
}

TEST_CASE("maps are walked in the order of the wire, duplicates and odd keys included") {
  std::string bytes = packed(R"({"a": 1, "b": [1, {"c": null}], "a": "x", "": 2})");
  std::string seen;
  for (const RawMap::Entry& entry : RawMap(RawValue(bytes)))
    seen += std::string(entry.name) + "=" + json_of(entry.value.bytes()) + ";";
  CHECK(seen == R"(a=1;b=[1, {"c": null}];a="x";=2;)");
  CHECK(RawValue(bytes).find("a")->as_int() == 1);
  CHECK(RawValue(bytes).find("")->as_int() == 2);
  CHECK(!RawValue(bytes).find("c"));
  // {1: 2}: a key that is no text has no name.
  RawValue odd("\x81\x01\x02"sv);
  CHECK(!odd.find(""));
  CHECK((*RawMap(odd).begin()).key.as_int() == 1);
}

TEST_CASE("arrays are walked; what is none has no elements") {
  std::string bytes = packed("[1, [2, 3], \"x\"]");
  std::string seen;
  for (RawValue value : RawArray(RawValue(bytes))) seen += json_of(value.bytes()) + ";";
  CHECK(seen == "1;[2, 3];\"x\";");
  for (RawValue value : RawArray(RawValue("\xa1x"sv))) FAIL(json_of(value.bytes()));
  for (const auto& entry : RawMap(RawValue(bytes))) FAIL(entry.name);
}

TEST_CASE("bytes that end early are no value, wherever they are cut") {
  std::string bytes = packed(R"({"key": [1, -5, 3.5, "text", {"x": true}], "other": null})") +
                      std::string("\xc7\x03\x01yyy\xd6\x01zzzz\0", 13);
  std::size_t first = skip_value(bytes);
  REQUIRE(first > 0);
  CHECK(*checked_length(bytes) == first);
  for (std::size_t size = 0; size < first; ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    CHECK(skip_value(cut) == 0);
    CHECK(checked_length(cut).status().code() == Code::kUnavailable);
    // Walking it reads nothing behind its end (which a sanitizer would see) and ends.
    std::string exact(cut);
    for (const auto& entry : RawMap(RawValue(exact))) CHECK(entry.value.bytes().size() > 0);
  }
  CHECK(skip_value(std::string_view(bytes).substr(first)) == 6);
  CHECK(skip_value(std::string_view(bytes).substr(first + 6)) == 6);
}

TEST_CASE("a byte that MessagePack does not have, and announced elements that never come") {
  CHECK(skip_value("\xc1"sv) == 0);
  CHECK(checked_length("\x91\xc1"sv).status().message() == "not MessagePack at byte 1");
  CHECK(skip_value("\xdf\xff\xff\xff\xff"sv) == 0);
  CHECK(checked_length("\xdd\xff\xff\xff\xff\x01"sv).status().code() == Code::kUnavailable);
  CHECK(skip_value(std::string(8'000'000, '\x91')) == 0);
}

TEST_CASE("a value may nest as deep as it is allowed to, and no deeper") {
  for (std::size_t depth : {1UL, 5UL, kMaxForeignDepth}) {
    std::string good = std::string(depth - 1, '\x91') + "\x90";
    CHECK(checked_length(good, depth).ok());
    CHECK(checked_length("\x91" + good, depth).status().code() == Code::kTooLarge);
    CHECK(checked_length(std::string(depth, '\x91') + "\x01", depth).ok());
  }
}

}  // namespace
}  // namespace ox
