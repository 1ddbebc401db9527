// How a spool starts with what it finds on its disk.
#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;

// --- Torn tails ---

// Rule: damage-aside
TEST_CASE_FIXTURE(SpoolTest, "a torn tail is cut, wherever the append was cut off") {
  open();
  fill(1, 2);
  std::string path = segment_path(0);
  std::uint64_t whole = disk.content(path).size();
  append(make_batch(3));
  std::string longer = disk.content(path);
  for (std::uint64_t size = whole; size < longer.size(); ++size) {
    CAPTURE(size);
    close();
    disk.put(path, longer.substr(0, size));
    open();
    REQUIRE(spool->recovery().torn_bytes == size - whole);
    REQUIRE(spool->recovery().damaged.empty());
    REQUIRE(spool->recovery().quarantined.empty());
    REQUIRE(spool->end() == 2 * unit());
    REQUIRE(read_all() == range(1, 2));
    fill(4, 4);  // where the torn one was
    restart(Keep::kNothing);
    REQUIRE(spool->recovery().torn_bytes == 0);
    REQUIRE(read_all() == Seqs{1, 2, 4});
  }
}

TEST_CASE_FIXTURE(SpoolTest,
                  "a torn record that a checkpoint has seen whole is damage, and is kept") {
  open();
  Position end = fill(1, 2);
  REQUIRE(checkpoint(end).ok());
  std::string path = segment_path(0);
  close();
  disk.put(path, disk.content(path).substr(0, kSegmentHeaderSize + end - 10));
  open();
  CHECK(spool->recovery().damaged.size() == 1);
  REQUIRE(spool->recovery().quarantined.size() == 1);
  CHECK(disk.content(spool->recovery().quarantined[0]).size() == unit() - 10);
  CHECK(spool->end() == end);  // its position is not used again
  CHECK(read_all() == Seqs{1});
  fill(3, 3);
  restart(Keep::kNothing);
  CHECK(read_all() == Seqs{1, 3});
}

TEST_CASE_FIXTURE(SpoolTest, "a tail that cannot be copied aside for want of space stays") {
  open();
  fill(1, 3);
  std::string path = segment_path(0);
  close();
  flip(path, kSegmentHeaderSize + 2 * unit() + 60);
  std::string before = disk.content(path);
  disk.set_capacity(disk.used());
  open();
  CHECK(spool->recovery().damaged.size() == 1);
  CHECK(spool->recovery().quarantined.empty());
  CHECK(disk.content(path) == before);
  disk.set_capacity(1 << 20);
  fill(4, 4);
  CHECK(read_all() == Seqs{1, 2, 4});
  restart(Keep::kNothing);
  CHECK(spool->recovery().quarantined.size() == 1);  // now there is room
  CHECK(read_all() == Seqs{1, 2, 4});
}

TEST_CASE_FIXTURE(SpoolTest, "a segment whose making was cut off is removed") {
  open();
  fill(1, 4);
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{63}, kSegmentHeaderSize}) {
    CAPTURE(size);
    close();
    disk.put("/s/" + segment_name(4 * unit()), std::string(size, '\0'));
    open();
    CHECK(segments().size() == 1);
    CHECK(spool->recovery().damaged.empty());
    CHECK(read_all() == range(1, 4));
  }
  fill(5, 5);
  CHECK(segments().size() == 2);
  CHECK(read_all() == range(1, 5));
}

// --- Damage ---

// Rule: damage-aside
TEST_CASE_FIXTURE(SpoolTest, "a flipped bit anywhere in a record costs that record alone") {
  open();
  fill(1, 10);
  std::uint64_t hit = 0;
  SUBCASE("in the middle of a segment") { hit = 2; }
  SUBCASE("at the end of a segment") { hit = 4; }
  SUBCASE("in the middle of the last segment") { hit = 9; }
  SUBCASE("at the end of the log") { hit = 10; }
  std::string path = segment_path((hit - 1) / 4);
  std::string whole = disk.content(path);
  std::uint64_t start = kSegmentHeaderSize + (hit - 1) % 4 * unit();
  Seqs rest = range(1, 10);
  std::erase(rest, hit);
  close();
  for (std::uint64_t byte = start; byte < start + unit(); ++byte) {
    CAPTURE(byte);
    disk.put(path, whole);
    flip(path, byte);
    std::string damaged = disk.content(path).substr(start, unit());
    open();
    REQUIRE(spool->recovery().damaged.size() == 1);
    REQUIRE(spool->recovery().damaged[0].file_offset == start);
    REQUIRE(spool->recovery().damaged[0].length == unit());
    REQUIRE(spool->stats().damaged_ranges == 1);
    REQUIRE(spool->recovery().quarantined.size() == 1);
    REQUIRE(disk.content(spool->recovery().quarantined[0]) == damaged);
    REQUIRE(recovered_seqs() == rest);
    REQUIRE(read_all() == rest);
    close();
  }
  CHECK(disk.names("/s/quarantine").size() == unit());  // each another content, none overwritten
}

// Rule: damage-aside
TEST_CASE_FIXTURE(SpoolTest, "a flipped bit anywhere in a segment header costs no record") {
  open();
  fill(1, 10);
  std::size_t n = 0;
  SUBCASE("of the first segment") { n = 0; }
  SUBCASE("of one in the middle") { n = 1; }
  SUBCASE("of the last segment") { n = 2; }
  Uuid id = spool->id();
  std::string path = segment_path(n);
  std::string whole = disk.content(path);
  close();
  for (std::uint64_t byte = 0; byte < kSegmentHeaderSize; ++byte) {
    CAPTURE(byte);
    disk.put(path, whole);
    flip(path, byte);
    open();
    REQUIRE(spool->id() == id);
    REQUIRE(spool->recovery().damaged.size() == 1);
    REQUIRE(spool->recovery().damaged[0].length == kSegmentHeaderSize);
    REQUIRE(spool->recovery().quarantined.size() == 1);
    REQUIRE(read_all() == range(1, 10));
    REQUIRE(add("files").pending_events() == 10);  // counts are right again
    restart(Keep::kNothing);
    REQUIRE(spool->recovery().damaged.empty());
    REQUIRE(read_all() == range(1, 10));
    close();
  }
}

TEST_CASE_FIXTURE(SpoolTest, "with every header damaged the records are still found") {
  open();
  fill(1, 10);
  close();
  for (const std::string& name : segments()) flip("/s/" + name, 20);
  open();
  CHECK(spool->recovery().damaged.size() == 3);
  CHECK(read_all() == range(1, 10));
}

TEST_CASE_FIXTURE(SpoolTest, "a segment under another's name is set aside whole") {
  open();
  fill(1, 10);
  close();
  std::string stray = disk.content(segment_path(0));
  std::string path = "/s/" + segment_name(100'000);
  disk.put(path, stray);
  open();
  CHECK_FALSE(disk.exists(path));
  REQUIRE(spool->recovery().quarantined.size() == 1);
  CHECK(disk.content(spool->recovery().quarantined[0]) == stray);
  CHECK(read_all() == range(1, 10));
}

TEST_CASE_FIXTURE(SpoolTest,
                  "a segment that is missing in the middle is told, and passed over once") {
  open();
  fill(1, 12);
  std::string path = segment_path(1);
  close();
  disk.erase(path);
  open();
  CHECK(spool->recovery().damaged.size() == 1);
  CHECK(spool->recovery().damaged[0].length == 4 * unit());
  CHECK(drain(add("files")) == Seqs{1, 2, 3, 4, 0, 9, 10, 11, 12});
}

TEST_CASE_FIXTURE(SpoolTest, "what belongs to another spool or a newer program is left untouched") {
  open();
  Position end = fill(1, 10);
  REQUIRE(checkpoint(end).ok());
  close();
  std::string path = segment_path(1);
  std::string bytes = disk.content(path);
  Code code = Code::kOk;
  SUBCASE("another spool's segment") {
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    code = Code::kInvalid;
  }
  SUBCASE("a newer segment") {
    store_le(&bytes[12], std::uint32_t{2});
    code = Code::kUnsupported;
  }
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 52)));
  disk.put(path, bytes);
  flip(segment_path(0), 20);   // would be mended
  flip(segment_path(2), 100);  // would be copied aside
  auto before = contents();
  CHECK(try_open().code() == code);
  CHECK(contents() == before);
}

TEST_CASE_FIXTURE(SpoolTest, "a start that the disk refuses anywhere leaves all for a later one") {
  open();
  add("files");
  fill(1, 10);
  REQUIRE(checkpoint(5 * unit()).ok());
  REQUIRE(checkpoint(6 * unit()).ok());
  append(make_batch(11));
  close();
  flip(segment_path(0), kSegmentHeaderSize + unit() + 50);
  flip(segment_path(1), 20);
  std::string torn = disk.content(segment_path(2));
  disk.put(segment_path(2), torn.substr(0, torn.size() - 5));
  std::map<std::string, std::string> before = contents();
  std::uint64_t refused = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    for (const auto& [name, bytes] : before) disk.put("/s/" + name, bytes);
    std::uint64_t calls = disk.calls().size();
    disk.inject({.nth = nth});
    if (!try_open().ok()) ++refused;
    disk.clear_faults();
    bool was_hit = disk.calls().size() - calls >= nth;
    close();
    open();
    REQUIRE(read_all() == Seqs{1, 3, 4, 5, 6, 7, 8, 9, 10});
    close();
    if (!was_hit) break;
  }
  CHECK(refused > 20);
}

}  // namespace
}  // namespace ox
