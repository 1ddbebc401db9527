#include "common/ingest/fluent/packed_framer.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

using Framing = PackedFramer::Answer;

// One value of every form of MessagePack.
std::vector<std::string> one_of_each_form() {
  std::vector<std::string> out;
  for (int tag = 0; tag < 256; ++tag) {
    if (tag == 0xc1) continue;
    std::string value(1, static_cast<char>(tag));
    std::size_t payload = 0;
    std::size_t children = 0;
    if (tag >= 0x80 && tag < 0x90) children = 2 * (tag & 0xf);
    if (tag >= 0x90 && tag < 0xa0) children = tag & 0xf;
    if (tag >= 0xa0 && tag < 0xc0) payload = tag & 0x1f;
    switch (tag) {
      case 0xc4:
      case 0xd9:
        value += '\x03';
        payload = 3;
        break;
      case 0xc5:
      case 0xda:
        value += std::string("\x00\x03", 2);
        payload = 3;
        break;
      case 0xc6:
      case 0xdb:
        value += std::string("\x00\x00\x00\x03", 4);
        payload = 3;
        break;
      case 0xc7:
        value += '\x03';
        payload = 4;
        break;
      case 0xc8:
        value += std::string("\x00\x03", 2);
        payload = 4;
        break;
      case 0xc9:
        value += std::string("\x00\x00\x00\x03", 4);
        payload = 4;
        break;
      case 0xcc:
      case 0xd0:
        payload = 1;
        break;
      case 0xcd:
      case 0xd1:
      case 0xd4:
        payload = 2;
        break;
      case 0xd5:
        payload = 3;
        break;
      case 0xca:
      case 0xce:
      case 0xd2:
        payload = 4;
        break;
      case 0xd6:
        payload = 5;
        break;
      case 0xcb:
      case 0xcf:
      case 0xd3:
        payload = 8;
        break;
      case 0xd7:
        payload = 9;
        break;
      case 0xd8:
        payload = 17;
        break;
      case 0xdc:
        value += std::string("\x00\x02", 2);
        children = 2;
        break;
      case 0xdd:
        value += std::string("\x00\x00\x00\x02", 4);
        children = 2;
        break;
      case 0xde:
        value += std::string("\x00\x02", 2);
        children = 4;
        break;
      case 0xdf:
        value += std::string("\x00\x00\x00\x02", 4);
        children = 4;
        break;
      default:
        break;
    }
    value.append(payload, 'x');
    value.append(children, '\x05');
    out.push_back(value);
  }
  return out;
}

TEST_CASE("every form of value is framed, and needs all of its bytes") {
  for (const std::string& value : one_of_each_form()) {
    CAPTURE(value);
    REQUIRE(skip_value(value) == value.size());
    PackedFramer framer(8, 1000);
    const std::string more = value + "\xc0";
    REQUIRE(framer.look(more) == Framing::kWhole);
    CHECK(framer.size() == value.size());
    REQUIRE(framer.look(std::string_view(more).substr(value.size())) == Framing::kWhole);
    CHECK(framer.size() == 1);
  }
}

TEST_CASE("values that come byte by byte are framed as those that come whole") {
  const std::string value = packed(R"({"a": [1, {"b": "text"}, []], "c": {}, "d": 1.5})");
  PackedFramer framer(8, 1000);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t size = 0; size < value.size(); ++size) {
      REQUIRE(framer.look(std::string_view(value).substr(0, size)) == Framing::kMore);
      CHECK(framer.wanted() > size);
      CHECK(framer.wanted() <= value.size());
    }
    REQUIRE(framer.look(value) == Framing::kWhole);
    CHECK(framer.size() == value.size());
  }
}

TEST_CASE("a long binary says at once how many bytes are wanted") {
  PackedFramer framer(8, 1 << 20);
  const std::string head("\x92\xa1t\xc6\x00\x01\x00\x00", 8);
  REQUIRE(framer.look(head) == Framing::kMore);
  CHECK(framer.wanted() == head.size() + 0x10000);
}

TEST_CASE("what is no MessagePack, too long or too deep is told, for good") {
  PackedFramer corrupt(8, 1000);
  CHECK(corrupt.look("\x92\x01\xc1") == Framing::kBroken);
  CHECK(corrupt.status().code() == Code::kCorrupt);
  CHECK(corrupt.status().message() == "not MessagePack at byte 2");
  CHECK(corrupt.look("\x01") == Framing::kBroken);

  PackedFramer longer(8, 1000);
  CHECK(longer.look(std::string_view("\xc5\x04\x00", 3)) == Framing::kBroken);
  CHECK(longer.status().code() == Code::kTooLarge);
  PackedFramer many(8, 1000);
  CHECK(many.look("\xdf\xff\xff\xff\xff") == Framing::kBroken);
  CHECK(many.status().code() == Code::kTooLarge);

  PackedFramer deep(8, 1000);
  CHECK(deep.look(std::string(8, '\x91') + "\x01") == Framing::kWhole);
  CHECK(deep.look(std::string(9, '\x91') + "\x01") == Framing::kBroken);
  CHECK(deep.status().code() == Code::kTooLarge);
}

}  // namespace
}  // namespace ox
