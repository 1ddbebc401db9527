// The final segment cut at every byte, and a segment of 64 KiB with a bit flipped in every byte: the
// spool starts, tells what it found, loses no other record, and takes new ones.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/fault_sweep.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

// Rule: damage-aside
TEST_CASE_FIXTURE(SpoolTest, "the final segment may be cut at every byte") {
  open();
  fill(1, 7);  // four in the first segment, three in the final one
  REQUIRE(segments().size() == 2);
  std::string path = segment_path(1);
  std::string whole = disk.content(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    close();
    disk.put(path, whole.substr(0, size));
    open();
    std::uint64_t kept = size < kSegmentHeaderSize ? 0 : (size - kSegmentHeaderSize) / unit();
    REQUIRE(read_all() == range(1, 4 + kept));
    REQUIRE(spool->recovery().damaged.empty());
    if (size > kSegmentHeaderSize)
      REQUIRE(spool->recovery().torn_bytes == (size - kSegmentHeaderSize) % unit());
    fill(8, 8);
    restart(SimulatedDisk::Keep::kNothing);
    REQUIRE(read_all("again").size() == 5 + kept);
    close();
    for (const std::string& name : segments())
      if (name != base_name(path) && name > base_name(path)) disk.erase("/s/" + name);
  }
  fmt::print("figure: torn tail: {} lengths of a final segment, all start\n", whole.size());
}

struct LargeSegment : SpoolTest {
  static constexpr std::uint64_t kSize = 64 * kKiB;

  LargeSegment() {
    options.segment_bytes = kSize;
    open();
    while (segments().size() < 2) fill(next, next, 1, 900), ++next;
    path = segment_path(0);
    whole = disk.content(path);
    REQUIRE(whole.size() > kSize - 1100);
    REQUIRE(whole.size() <= kSize + kSegmentHeaderSize);
    close();
  }
  // Records of a segment with these bytes, and whether damage was told that covers `byte`.
  std::uint64_t records(std::uint64_t byte, bool* told) {
    auto reader = SegmentReader::open(disk, path);
    if (!reader.ok()) {
      *told = reader.status().code() == Code::kCorrupt && byte < kSegmentHeaderSize;
      reader = SegmentReader::open_headless(disk, path, 0);
    }
    REQUIRE(reader.ok());
    Position end = *(*reader)->file_end();
    std::uint64_t found = 0;
    while (true) {
      DamagedRange damage;
      auto record = (*reader)->next(end, &damage);
      if (!record.ok()) FAIL(record.status().message());
      if (damage.length > 0)
        *told |= damage.file_offset <= byte && byte < damage.file_offset + damage.length;
      if (!*record) break;
      ++found;
    }
    // What no good record follows is left in front of the end.
    if ((*reader)->position() < end)
      *told |=
          byte >= kSegmentHeaderSize + (*reader)->position() && !*(*reader)->at_unfinished_record();
    return found;
  }

  std::uint64_t next = 1;
  std::string path;
  std::string whole;
};

// Rule: damage-aside
TEST_CASE_FIXTURE(LargeSegment,
                  "a bit flipped in any byte of 64 KiB is noticed, the rest is read") {
  bool told = false;
  const std::uint64_t all = records(0, &told);
  REQUIRE_FALSE(told);
  REQUIRE(all > 50);
  for (std::uint64_t byte = 0; byte < whole.size(); ++byte) {
    CAPTURE(byte);
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
    disk.put(path, damaged);
    told = false;
    REQUIRE(records(byte, &told) == all - (byte < kSegmentHeaderSize ? 0 : 1));
    REQUIRE(told);
  }
  fmt::print("figure: bit flips: {} bytes of a segment, all noticed, {} other records read\n",
             whole.size(), all - 1);
}

// Rule: damage-aside
TEST_CASE_FIXTURE(LargeSegment, "with any such byte the spool starts, and takes new batches") {
  std::uint64_t starts = 0;
  for (std::uint64_t byte = 0; byte < whole.size(); byte += rounds(97, 1), ++starts) {
    CAPTURE(byte);
    SimulatedDisk copy;
    for (const std::string& name : disk.names("/s"))
      if (name != "quarantine") copy.put("/s/" + name, disk.content("/s/" + name));
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
    copy.put(path, damaged);
    auto opened = Spool::open(copy, options, clock);
    REQUIRE_MESSAGE(opened.ok(), opened.status().message());
    REQUIRE((*opened)->recovery().damaged.size() == 1);
    auto cursor = (*opened)->add_cursor("check", {});
    REQUIRE((*opened)->append_unsynced(make_batch(next), clock.wall()).ok());
    REQUIRE((*opened)->commit().ok());
    Seqs seqs = drain(*cursor);
    std::erase(seqs, 0);
    REQUIRE(seqs.back() == next);
    REQUIRE(seqs.size() == next - (byte < kSegmentHeaderSize ? 0 : 1));
  }
  fmt::print("figure: bit flips: {} starts of a spool with one, 0 refused\n", starts);
}

}  // namespace
}  // namespace ox
