#include "common/ingest/model/protobuf_reader.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/protobuf_bytes.h"

namespace ox {
namespace {

using PbField = ProtobufReader::Field;
using PbWire = ProtobufReader::Wire;

// "1=5 2='x' !byte 3: ...": the fields of a message, and what ended it.
std::string pb_fields_of(std::string_view message) {
  ProtobufReader reader(message);
  std::string out;
  PbField field;
  while (reader.next(field)) {
    if (!out.empty()) out += ' ';
    out += std::to_string(field.number);
    out += field.wire == PbWire::kBytes ? "='" + std::string(field.bytes) + "'"
                                        : "=" + std::to_string(field.value);
  }
  if (!reader.status().ok()) out += "!" + reader.status().message();
  return out;
}

TEST_CASE("fields of every wire type come in their order") {
  CHECK(pb_fields_of(pb_varint(1, 150) + pb_bytes(2, "testing") + pb_fixed64(3, ~std::uint64_t{0}) +
                     pb_fixed32(4, 7) + pb_varint(1, 0) + pb_bytes(5, "")) ==
        "1=150 2='testing' 3=18446744073709551615 4=7 1=0 5=''");
  CHECK(pb_fields_of("") == "");
}

TEST_CASE("the example of the specification is what it says") {
  CHECK(pb_fields_of(std::string("\x08\x96\x01", 3)) == "1=150");
  CHECK(pb_fields_of("\x12\x07testing") == "2='testing'");
}

TEST_CASE("numbers are read as what they are") {
  const std::string message = pb_varint(1, ~std::uint64_t{0}) + pb_double(2, -1.5) +
                              pb_fixed32(3, std::bit_cast<std::uint32_t>(0.25f));
  ProtobufReader reader(message);
  PbField field;
  REQUIRE(reader.next(field));
  CHECK(field.as_int() == -1);
  REQUIRE(reader.next(field));
  CHECK(field.as_double() == -1.5);
  REQUIRE(reader.next(field));
  CHECK(field.as_float() == 0.25f);
  CHECK_FALSE(reader.next(field));
}

TEST_CASE("the largest number of a field is taken, and 0 is none") {
  CHECK(pb_fields_of(pb_varint((1u << 29) - 1, 1)) == "536870911=1");
  CHECK(pb_fields_of(std::string("\x00\x01", 2)) == "!byte 0: there is no field of this number");
  CHECK(pb_fields_of(pb_number(std::uint64_t{1} << 32) + "\x01") ==
        "!byte 0: there is no field of this number");
}

TEST_CASE("a message that is cut anywhere within a field is broken") {
  const std::string number = pb_varint(1, 300);
  CHECK(pb_fields_of(number.substr(0, 1)) == "!byte 1: a number is cut off");
  CHECK(pb_fields_of(number.substr(0, 2)) == "!byte 2: a number is cut off");
  const std::string text = pb_bytes(2, "text");
  CHECK(pb_fields_of(text.substr(0, 4)) == "!byte 2: a field is longer than its message");
  for (std::size_t size = 1; size < 9; ++size)
    CHECK(pb_fields_of(pb_fixed64(3, 1).substr(0, size)) == "!byte 1: a number is cut off");
  for (std::size_t size = 1; size < 5; ++size)
    CHECK(pb_fields_of(pb_fixed32(3, 1).substr(0, size)) == "!byte 1: a number is cut off");
}

TEST_CASE("a length of nearly 2^64 does no harm") {
  CHECK(pb_fields_of("\x0a" + pb_number(~std::uint64_t{0}) + "x") ==
        "!byte 11: a field is longer than its message");
}

TEST_CASE("a number of more than ten bytes is refused") {
  CHECK(pb_fields_of("\x08" + std::string(10, '\xff') + "\x01") ==
        "!byte 11: a number has more than 64 bits");
  CHECK(pb_fields_of("\x08" + std::string(9, '\xff') + "\x01") == "1=18446744073709551615");
}

TEST_CASE("groups are refused") {
  CHECK(pb_fields_of("\x0b\x0c") == "!byte 0: a field is of no known wire type");
  CHECK(pb_fields_of(pb_varint(1, 1) + "\x0e") == "1=1!byte 2: a field is of no known wire type");
}

TEST_CASE("errors in messages within messages are counted from the outermost one") {
  const std::string message =
      pb_varint(1, 1) + pb_bytes(2, pb_varint(1, 1) + pb_bytes(3, pb_varint(1, 1) + "\x08"));
  ProtobufReader reader(message);
  PbField field;
  REQUIRE(reader.next(field));
  REQUIRE(reader.next(field));
  ProtobufReader inner = reader.inside(field);
  REQUIRE(inner.next(field));
  REQUIRE(inner.next(field));
  REQUIRE(field.is(3, PbWire::kBytes));
  ProtobufReader innermost = inner.inside(field);
  CHECK(innermost.next(field));
  CHECK_FALSE(innermost.next(field));
  CHECK_FALSE(innermost.next(field));
  CHECK(innermost.status().code() == Code::kCorrupt);
  CHECK(innermost.status().message() == "byte 11: a number is cut off");
  CHECK(inner.status().ok());
}

}  // namespace
}  // namespace ox
