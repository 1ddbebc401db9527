#include "common/ingest/file_position.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

FilePosition example() {
  FilePosition position{"/var/log/app.log", {}};
  position.marks.push_back({{1, 2}, 3, false, {256, 0x01020304}});
  position.marks.push_back({{5, 6}, 0x1122334455667788, true, {7, 8}});
  return position;
}

TEST_CASE("a position survives encoding") {
  auto decoded = FilePosition::decode(example().encode());
  REQUIRE(decoded.ok());
  CHECK(*decoded == example());
  FilePosition bare{"x", {}};
  CHECK(FilePosition::decode(bare.encode()).value() == bare);
}

TEST_CASE("the encoding of a position is fixed") {
  FilePosition position{"/a", {{{1, 2}, 3, true, {4, 0x0a0b0c0d}}}};
  CHECK(to_hex(position.encode()) ==
        "01000100"
        "0100000000000000"
        "0200000000000000"
        "0300000000000000"
        "01"
        "0400"
        "0d0c0b0a"
        "2f61");
}

TEST_CASE("patching sets the offset of one mark and nothing else") {
  std::string encoded = example().encode();
  FilePosition::patch(encoded, 1, 99, false);
  FilePosition want = example();
  want.marks[1].offset = 99;
  want.marks[1].mid_line = false;
  CHECK(FilePosition::decode(encoded).value() == want);
}

TEST_CASE("a position cut short anywhere before its path is refused") {
  std::string encoded = example().encode();
  std::size_t path = encoded.size() - example().path.size();
  for (std::size_t size = 0; size <= path; ++size)
    CHECK(FilePosition::decode(encoded.substr(0, size)).status().code() == Code::kCorrupt);
}

TEST_CASE("a position of a later version is told apart from a corrupt one") {
  std::string encoded = example().encode();
  encoded[0] = 2;
  CHECK(FilePosition::decode(encoded).status().code() == Code::kUnsupported);
}

TEST_CASE("a fingerprint covers at most 256 bytes, and still matches when the file grows") {
  std::string content(1000, 'x');
  Fingerprint whole = Fingerprint::of(content);
  CHECK(whole.bytes == 256);
  CHECK(whole.crc == crc32c(std::string(256, 'x')));
  Fingerprint start = Fingerprint::of("abc");
  CHECK(start.matches("abc"));
  CHECK(start.matches("abcdef"));
  CHECK(!start.matches("ab"));
  CHECK(!start.matches("abX"));
  CHECK(Fingerprint{}.matches(""));
}

TEST_CASE("a fingerprint ends before a hole that may be filled later") {
  using namespace std::string_literals;
  Fingerprint fingerprint = Fingerprint::of("ab\0\0"s);
  CHECK(fingerprint.bytes == 2);
  CHECK(fingerprint.matches("abcd"));
}

}  // namespace
}  // namespace ox
