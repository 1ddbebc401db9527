#include "common/spool/dedup_file.h"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"
#include "tests/unit/spool/many_runs.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
constexpr std::uint64_t kLastNumber = std::numeric_limits<std::uint64_t>::max();

struct DedupFileFixture {
  explicit DedupFileFixture(std::uint64_t seed = 1) : disk(seed) {
    REQUIRE(disk.make_directories("/s").ok());
  }

  // Runs 0 to n-1, each with numbers 1 to 5 and 10 to 10 + n.
  static std::vector<DedupRecord> sample(std::uint64_t n) {
    std::vector<DedupRecord> records;
    for (std::uint64_t i = 0; i < n; ++i) {
      Micros heard = Seconds(static_cast<std::int64_t>(i));
      records.push_back({numbered_run(i), 1, 5, heard});
      records.push_back({numbered_run(i), 10, 10 + i, heard});
    }
    std::sort(records.begin(), records.end(), comes_before);
    return records;
  }
  Result<DedupFileRef> try_make(const std::vector<DedupRecord>& records, std::uint64_t number = 7) {
    OX_ASSIGN_OR_RETURN(auto writer,
                        DedupFileWriter::create(disk, "/s", test_run(3), number, Seconds(9)));
    for (const DedupRecord& record : records) OX_RETURN_IF_ERROR(writer->add(record));
    return writer->finish();
  }
  DedupFileRef make(const std::vector<DedupRecord>& records) {
    auto ref = try_make(records);
    REQUIRE_MESSAGE(ref.ok(), ref.status().message());
    return *ref;
  }
  std::shared_ptr<DedupFile> open(const DedupFileRef* expected) {
    damage.clear();
    auto file = DedupFile::open(disk, kPath, test_run(3), expected, &damage);
    REQUIRE_MESSAGE(file.ok(), file.status().message());
    return *file;
  }
  std::vector<DedupRecord> read(const DedupFile& file) {
    std::vector<DedupRecord> records;
    std::vector<DamagedRange> ignored;
    DedupFile::Cursor cursor(file);
    while (true) {
      auto record = cursor.next(&ignored);
      REQUIRE(record.ok());
      if (!*record) return records;
      records.push_back(**record);
    }
  }
  std::optional<DedupRecord> floor(const DedupFile& file, const Uuid& run, std::uint64_t seq) {
    DamagedRange range;
    auto record = file.floor(run, seq, &range);
    REQUIRE(record.ok());
    return *record;
  }
  std::uint64_t reads() const { return disk.count(Op::kRead, "dedup-"); }
  void flip(std::uint64_t byte) {
    std::string bytes = disk.content(kPath);
    bytes.at(byte) = static_cast<char>(bytes[byte] ^ 1);
    disk.put(kPath, bytes);
  }

  static constexpr const char* kPath = "/s/dedup-7";
  SimulatedDisk disk;
  std::vector<DamagedRange> damage;
};

TEST_CASE("only names that a dedup file can have are taken for one") {
  CHECK(dedup_file_name(7) == "dedup-7");
  CHECK(parse_dedup_file_name("dedup-7") == 7);
  CHECK(parse_dedup_file_name("dedup-18446744073709551615") == kLastNumber);
  for (const char* name : {"dedup-", "dedup-07", "dedup-7.1", "dedup--7", "dedup-+7", "edup-7",
                           "dedup-18446744073709551616", "dedup-7 "})
    CHECK_FALSE(parse_dedup_file_name(name));
}

TEST_CASE_FIXTURE(DedupFileFixture, "what was written is read back, whatever fills the blocks") {
  for (std::uint64_t runs : Seqs{1, 50, 51, 52, 102, 1000, 20'000}) {
    CAPTURE(runs);
    DedupFileRef ref = make(sample(runs));
    CHECK(ref.records == 2 * runs);
    CHECK(ref.runs == runs);
    CHECK(disk.content(kPath).size() == ref.file_size());
    auto file = open(nullptr);
    CHECK(damage.empty());
    CHECK(file->ref() == ref);
    CHECK(file->readable_records() == ref.records);
    CHECK((read(*file) == sample(runs)));
    disk.erase(kPath);
  }
}

TEST_CASE_FIXTURE(DedupFileFixture, "a known run costs one read, and an unknown one mostly none") {
  DedupFileRef ref = make(sample(5000));
  auto file = open(&ref);
  CHECK(file->memory_bytes() < 5000 * 3);
  for (std::uint64_t i = 0; i < 5000; i += 7) {
    std::uint64_t before = reads();
    auto record = floor(*file, numbered_run(i), kLastNumber);
    REQUIRE(record);
    REQUIRE(record->first == 10);
    REQUIRE(record->last == 10 + i);
    REQUIRE(record->heard == Seconds(static_cast<std::int64_t>(i)));
    REQUIRE(floor(*file, numbered_run(i), 9)->last == 5);
    REQUIRE(floor(*file, numbered_run(i), 1)->last == 5);
    REQUIRE_FALSE(floor(*file, numbered_run(i), 0));
    REQUIRE(reads() <= before + 4);
  }
  std::uint64_t before = reads();
  for (std::uint64_t i = 5000; i < 15'000; ++i)
    REQUIRE_FALSE(floor(*file, numbered_run(i), kLastNumber));
  CHECK(reads() - before < 300);  // one in a hundred passes the filter
}

TEST_CASE_FIXTURE(DedupFileFixture, "a dedup file has the bytes of docs/spool.md") {
  make({{numbered_run(1), 2, 3, Micros(4)}});
  std::string bytes = disk.content(kPath);
  REQUIRE(bytes.size() == 8192);
  CHECK(bytes.substr(0, 8) == "OXDEDUPF");
  CHECK(load_le<std::uint32_t>(&bytes[8]) == crc32c(std::string_view(bytes).substr(12, 4084)));
  CHECK(load_le<std::uint32_t>(&bytes[12]) == 1);
  CHECK(bytes.substr(16, 16) == test_run(3).view());
  CHECK(load_le<std::uint64_t>(&bytes[32]) == 7);
  CHECK(load_le<std::uint64_t>(&bytes[40]) == 1);
  CHECK(load_le<std::uint64_t>(&bytes[48]) == 1);
  CHECK(load_le<std::int64_t>(&bytes[56]) == 9'000'000);
  CHECK(bytes.find_first_not_of('\0', 64) == 4096);
  CHECK(load_le<std::uint32_t>(&bytes[4096]) == crc32c(std::string_view(bytes).substr(4100, 4092)));
  CHECK(load_le<std::uint32_t>(&bytes[4100]) == 1);
  CHECK(bytes.substr(4104, 16) == numbered_run(1).view());
  CHECK(to_hex(bytes.substr(4120, 24)) ==
        "0200000000000000"
        "0300000000000000"
        "0400000000000000");
  CHECK(bytes.substr(4144, 4040) == std::string(4040, '\0'));
  CHECK(load_le<std::uint32_t>(&bytes[8184]) == 0);
  CHECK(load_le<std::uint32_t>(&bytes[8188]) == 7);
}

TEST_CASE_FIXTURE(DedupFileFixture,
                  "a crash at any point of its writing leaves a whole file or none "
                  "that is finished") {
  for (Keep keep : {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll}) {
    bool done = false;
    for (std::uint64_t point = 0; !done; ++point) {
      CAPTURE(point);
      DedupFileFixture f(test_seed(5) + point);
      f.disk.crash_after(point);
      auto ref = f.try_make(sample(4000));
      done = ref.ok();
      f.disk.crash(keep);
      if (!done) continue;
      auto file = f.open(&*ref);
      REQUIRE(f.damage.empty());
      REQUIRE((f.read(*file) == sample(4000)));
      REQUIRE(point >= 4);  // created, written, synced, and so was its name
    }
  }
}

TEST_CASE_FIXTURE(DedupFileFixture, "a file that could not be finished is not left behind") {
  for (Op op : {Op::kWrite, Op::kSync, Op::kSyncDirectory}) {
    disk.inject({.op = op, .path_part = "/s", .effect = SimulatedDisk::Effect::kNoSpace});
    auto ref = try_make(sample(100));
    REQUIRE_FALSE(ref.ok());
    // A disk that was full may be tried again; a sync that failed may not, whatever it said.
    CHECK(ref.status().code() == (op == Op::kWrite ? Code::kNoSpace : Code::kIo));
    CHECK_FALSE(disk.exists(kPath));
  }
}

// Rule: damage-aside
TEST_CASE_FIXTURE(DedupFileFixture, "any flipped byte is noticed, and costs its own block only") {
  const std::vector<DedupRecord> all = sample(150);  // 300 records in 3 blocks
  DedupFileRef ref = make(all);
  const std::string whole = disk.content(kPath);
  for (std::uint64_t byte = 0; byte < whole.size(); byte += byte % 4096 < 200 ? 1 : 61) {
    CAPTURE(byte);
    disk.put(kPath, whole);
    flip(byte);
    auto file = open(&ref);
    REQUIRE(damage.size() == 1);
    REQUIRE(damage[0].segment == kPath);
    REQUIRE(damage[0].file_offset == byte / 4096 * 4096);
    REQUIRE(damage[0].length == 4096);
    auto left = read(*file);
    std::vector<DedupRecord> expected = all;
    if (byte >= 4096) {
      auto from = static_cast<std::ptrdiff_t>((byte / 4096 - 1) * kDedupRecordsInBlock);
      auto to = std::min<std::ptrdiff_t>(from + 102, 300);
      expected.erase(expected.begin() + from, expected.begin() + to);
    }
    REQUIRE((left == expected));
    for (std::size_t i = byte % 17; i < expected.size(); i += 17)
      REQUIRE((floor(*file, expected[i].run, expected[i].last) == expected[i]));
  }
}

TEST_CASE_FIXTURE(DedupFileFixture, "of a file that was cut anywhere the whole blocks are left") {
  DedupFileRef ref = make(sample(150));
  const std::string whole = disk.content(kPath);
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    CAPTURE(size);
    disk.put(kPath, whole.substr(0, size));
    auto file = open(&ref);
    std::size_t blocks = size < 4096 ? 0 : size / 4096 - 1;
    REQUIRE(file->readable_records() == std::min<std::uint64_t>(blocks * 102, 300));
    REQUIRE(damage.back().file_offset == 4096 * (1 + blocks));
    REQUIRE(damage.back().file_offset + damage.back().length == whole.size());
  }
}

TEST_CASE_FIXTURE(DedupFileFixture,
                  "damage that comes while the file is used is told when it is met") {
  DedupFileRef ref = make(sample(150));
  auto file = open(&ref);
  std::string bytes = disk.content(kPath);
  for (std::size_t at = 4096; at < bytes.size(); at += 4096) {
    auto handle = disk.open(kPath, FileSystem::Open::kWrite);
    REQUIRE(handle.ok());
    REQUIRE(write_all(**handle, "x", at + 20).ok());
  }
  DamagedRange range;
  auto record = file->floor(numbered_run(3), kLastNumber, &range);
  REQUIRE(record.status().code() == Code::kCorrupt);
  CHECK(range.file_offset % 4096 == 0);
  CHECK(range.length == 4096);
  file->drop_block(range.file_offset);
  DamagedRange other;
  auto again = file->floor(numbered_run(3), kLastNumber, &other);
  CHECK((again.ok() || other.file_offset != range.file_offset));
}

TEST_CASE_FIXTURE(DedupFileFixture,
                  "files of another spool, a newer format or another number are not "
                  "taken for what they are not") {
  DedupFileRef ref = make(sample(10));
  std::vector<DamagedRange> none;
  CHECK(DedupFile::open(disk, kPath, test_run(4), &ref, &none).status().code() == Code::kInvalid);
  CHECK(DedupFile::open(disk, kPath, Uuid(), nullptr, &none).ok());
  CHECK(DedupFile::open(disk, "/s/dedup-8", test_run(3), &ref, &none).status().code() ==
        Code::kNotFound);
  // Renamed: neither header nor blocks are those of this number.
  disk.put("/s/dedup-8", disk.content(kPath));
  DedupFileRef eight = ref;
  eight.number = 8;
  auto renamed = DedupFile::open(disk, "/s/dedup-8", test_run(3), &eight, &none);
  REQUIRE(renamed.ok());
  CHECK((*renamed)->readable_records() == 0);
  CHECK(none.size() == 2);

  std::string bytes = disk.content(kPath);
  store_le(&bytes[12], std::uint32_t{2});
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 4084)));
  disk.put(kPath, bytes);
  CHECK(DedupFile::open(disk, kPath, test_run(3), &ref, &none).status().code() ==
        Code::kUnsupported);
  flip(20);
  CHECK(DedupFile::open(disk, kPath, test_run(3), nullptr, &none).status().code() ==
        Code::kCorrupt);
}

}  // namespace
}  // namespace ox
