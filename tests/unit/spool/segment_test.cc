#include "common/spool/segment.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

constexpr Position kBase = 1000;

struct SegmentFixture {
  SegmentFixture() {
    header.spool_id = test_run(9);
    header.base = kBase;
    header.created_at = Seconds(1'500'000'000);
    header.events_before = 77;
    REQUIRE(disk.make_directories("/s").ok());
  }

  void create() {
    auto created = SegmentWriter::create(disk, "/s", header);
    REQUIRE_MESSAGE(created.ok(), created.status().message());
    writer = std::move(created).value();
  }
  // Appends batches 1 to `count`; ends[i] is the end of batch i, ends[0] the base.
  void fill(std::uint64_t count, std::size_t body = 40) {
    if (writer == nullptr) create();
    ends = {kBase};
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      SpoolRecord record = make_record(writer->end(), make_batch(seq, 1, body));
      REQUIRE(writer->append_unsynced(record).ok());
      ends.push_back(record.end);
    }
    REQUIRE(writer->sync().ok());
  }
  std::unique_ptr<SegmentReader> reader() {
    auto opened = SegmentReader::open(disk, path);
    REQUIRE_MESSAGE(opened.ok(), opened.status().message());
    return std::move(opened).value();
  }
  std::uint64_t offset_of(Position position) const { return kSegmentHeaderSize + position - kBase; }
  // Everything that can be read, each record checked against what was appended.
  Seqs read_all(std::vector<DamagedRange>* damage = nullptr, std::size_t body = 40) {
    Seqs seqs;
    auto from = reader();
    Position limit = *from->file_end();
    while (true) {
      DamagedRange range;
      auto record = from->next(limit, &range);
      REQUIRE(record.ok());
      if (range.length > 0 && damage != nullptr) damage->push_back(range);
      if (!*record) return seqs;
      std::uint64_t seq = seq_of(**record);
      REQUIRE((*record)->batch->bytes() == make_batch(seq, 1, body)->bytes());
      REQUIRE((*record)->end == from->position());
      REQUIRE((*record)->accepted_at == Seconds(7));
      seqs.push_back(seq);
    }
  }

  SimulatedDisk disk;
  SegmentHeader header;
  const std::string path = "/s/" + segment_name(kBase);
  std::unique_ptr<SegmentWriter> writer;
  std::vector<Position> ends;
};

TEST_CASE("segment names hold the base and sort by it") {
  CHECK(segment_name(67108864) == "00000000000067108864.seg");
  CHECK(parse_segment_name("00000000000067108864.seg") == Position{67108864});
  CHECK(parse_segment_name(segment_name(~Position{0})) == ~Position{0});
  for (const char* name : {"67108864.seg", "0000000000006710886x.seg", "00000000000067108864.sg_",
                           "99999999999999999999.seg", "-0000000000067108864.seg", ""})
    CHECK_FALSE(parse_segment_name(name));
}

TEST_CASE_FIXTURE(SegmentFixture, "header and frame have the bytes of docs/spool.md") {
  create();
  BatchPtr batch = make_batch(1);
  REQUIRE(writer->append_unsynced(make_record(kBase, batch)).ok());
  std::string bytes = disk.content(path);
  REQUIRE(bytes.size() == 64 + 36 + batch->bytes().size());
  CHECK(bytes.substr(0, 8) == "OXSEGMNT");
  CHECK(load_le<std::uint32_t>(&bytes[8]) == crc32c(std::string_view(bytes).substr(12, 52)));
  CHECK(load_le<std::uint32_t>(&bytes[12]) == 1);
  CHECK(bytes.substr(16, 16) == test_run(9).view());
  CHECK(load_le<std::uint64_t>(&bytes[32]) == kBase);
  CHECK(load_le<std::int64_t>(&bytes[40]) == 1'500'000'000'000'000);
  CHECK(load_le<std::uint64_t>(&bytes[48]) == 77);
  CHECK(bytes.substr(56, 8) == std::string(8, '\0'));

  CHECK(to_hex(bytes.substr(64, 8)) == "894f58520d0a1a0a");
  CHECK(load_le<std::uint64_t>(&bytes[72]) == kBase);
  CHECK(load_le<std::int64_t>(&bytes[80]) == 7'000'000);
  CHECK(load_le<std::uint32_t>(&bytes[88]) == batch->bytes().size());
  CHECK(load_le<std::uint32_t>(&bytes[92]) == 0);
  CHECK(load_le<std::uint32_t>(&bytes[96]) == crc32c(std::string_view(bytes).substr(64, 32)));
  CHECK(bytes.substr(100) == batch->bytes());
}

TEST_CASE_FIXTURE(SegmentFixture, "records come back in order, from any of them on") {
  fill(5);
  CHECK(read_all() == Seqs{1, 2, 3, 4, 5});
  auto from = reader();
  CHECK(from->header().spool_id == test_run(9));
  CHECK(from->header().events_before == 77);
  from->seek(ends[3]);
  auto record = from->next(ends[4]);
  REQUIRE(record.ok());
  REQUIRE(*record);
  CHECK(seq_of(**record) == 4);
  CHECK_FALSE(*from->next(ends[4]));  // the fifth is behind the limit
  CHECK(seq_of(**from->next(ends[5])) == 5);
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "a record that is appended after a read is read by the same reader") {
  fill(1);
  auto from = reader();
  REQUIRE(*from->next(ends[1]));
  SpoolRecord second = make_record(writer->end(), make_batch(2));
  REQUIRE(writer->append_unsynced(second).ok());
  CHECK(seq_of(**from->next(second.end)) == 2);
}

// Rule: segment-before-next
TEST_CASE_FIXTURE(SegmentFixture, "a segment is synced with its name before it is used") {
  create();
  disk.crash(SimulatedDisk::Keep::kNothing);
  CHECK(reader()->header().base == kBase);
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "of a torn segment the whole records are read, whatever the cut") {
  fill(3);
  std::string whole = disk.content(path);
  for (std::size_t size = kSegmentHeaderSize; size <= whole.size(); ++size) {
    CAPTURE(size);
    disk.put(path, whole.substr(0, size));
    std::vector<DamagedRange> damage;
    Seqs expected;
    for (std::uint64_t seq = 1; seq <= 3; ++seq)
      if (offset_of(ends[seq]) <= size) expected.push_back(seq);
    REQUIRE(read_all(&damage) == expected);
    REQUIRE(damage.empty());
    auto from = reader();
    from->seek(ends[expected.size()]);
    bool at_end = size == offset_of(ends[expected.size()]);
    REQUIRE(*from->at_unfinished_record() == !at_end);
  }
}

TEST_CASE_FIXTURE(SegmentFixture, "every flipped bit is detected and the other records are read") {
  fill(4);
  std::string whole = disk.content(path);
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(byte);
      CAPTURE(bit);
      std::string damaged = whole;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
      disk.put(path, damaged);
      if (byte < kSegmentHeaderSize) {
        REQUIRE(SegmentReader::open(disk, path).status().code() == Code::kCorrupt);
        continue;
      }
      Seqs expected;
      std::uint64_t hit = 0;
      for (std::uint64_t seq = 1; seq <= 4; ++seq) {
        if (byte >= offset_of(ends[seq - 1]) && byte < offset_of(ends[seq])) {
          hit = seq;
        } else {
          expected.push_back(seq);
        }
      }
      std::vector<DamagedRange> damage;
      REQUIRE(read_all(&damage) == expected);
      if (hit == 4) {
        REQUIRE(damage.empty());  // at the end it may as well be a torn tail
        auto from = reader();
        from->seek(ends[3]);
        REQUIRE_FALSE(*from->at_unfinished_record());
      } else {
        REQUIRE(damage.size() == 1);
        REQUIRE(damage[0].file_offset == offset_of(ends[hit - 1]));
        REQUIRE(damage[0].length == ends[hit] - ends[hit - 1]);
        REQUIRE_FALSE(damage[0].reason.empty());
      }
    }
  }
}

TEST_CASE_FIXTURE(SegmentFixture, "a good record in the wrong place is no record") {
  fill(2);
  std::string bytes = disk.content(path);
  std::string second = bytes.substr(offset_of(ends[1]));
  // A stale copy of the second record where the first one was.
  disk.put(path, bytes.substr(0, kSegmentHeaderSize) + second + second);
  CHECK(read_all() == Seqs{2});
  disk.put(path, bytes + second);
  CHECK(read_all() == Seqs{1, 2});
}

TEST_CASE_FIXTURE(SegmentFixture, "records in the bodies of events are not taken for records") {
  fill(2);
  std::string inner = disk.content(path).substr(kSegmentHeaderSize);
  BatchBuilder builder(1);
  builder.add("type", "host", 1, inner);  // frames and all
  BatchPtr outer = builder.seal({test_run(), 3}, Seconds(1));
  REQUIRE(writer->append_unsynced(make_record(ends[2], outer)).ok());
  std::string bytes = disk.content(path);
  bytes[offset_of(ends[2]) + 3] ^= 1;  // so that its inside is searched
  disk.put(path, bytes);
  CHECK(read_all() == Seqs{1, 2});
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "records longer than a reading step are read, and found behind damage") {
  constexpr std::size_t kBody = (3 << 20) + 12345;
  fill(3, kBody);
  CHECK(read_all(nullptr, kBody) == Seqs{1, 2, 3});
  std::string bytes = disk.content(path);
  bytes[offset_of(ends[1]) + 100] ^= 1;
  disk.put(path, bytes);
  std::vector<DamagedRange> damage;
  CHECK(read_all(&damage, kBody) == Seqs{1, 3});
  REQUIRE(damage.size() == 1);
  CHECK(damage[0].length == ends[2] - ends[1]);
}

TEST_CASE_FIXTURE(SegmentFixture, "a frame on the edge between two searched windows is found") {
  // The search begins one byte behind the damaged record's start and goes on in windows of 1 MiB.
  for (std::size_t off = 0; off <= kRecordFrameSize + 1; ++off) {
    SegmentFixture f;
    f.create();
    BatchPtr first = make_batch(1, 1, (1 << 20) - 400 + off);
    BatchPtr second = make_batch(2);
    std::size_t target =
        (1 << 20) + 1 - kRecordFrameSize + off;  // where the second frame should be
    first = make_batch(1, 1, (1 << 20) - 400 + off + target - record_size(*first));
    REQUIRE(record_size(*first) == target);
    REQUIRE(f.writer->append_unsynced(make_record(kBase, first)).ok());
    REQUIRE(f.writer->append_unsynced(make_record(kBase + target, second)).ok());
    std::string bytes = f.disk.content(f.path);
    bytes[kSegmentHeaderSize] ^= 1;
    f.disk.put(f.path, bytes);
    REQUIRE(f.read_all() == Seqs{2});
  }
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "bytes that are no segment are corrupt, a newer format is unsupported") {
  disk.put(path, "");
  CHECK(SegmentReader::open(disk, path).status().code() == Code::kCorrupt);
  disk.put(path, std::string(100, '\0'));
  CHECK(SegmentReader::open(disk, path).status().code() == Code::kCorrupt);
  CHECK(SegmentReader::open(disk, "/s/none").status().code() == Code::kNotFound);
  disk.erase(path);
  create();
  std::string bytes = disk.content(path);
  store_le(&bytes[12], std::uint32_t{2});
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 52)));
  disk.put(path, bytes);
  CHECK(SegmentReader::open(disk, path).status().code() == Code::kUnsupported);
}

TEST_CASE_FIXTURE(SegmentFixture, "a new header over a damaged one leaves the records") {
  fill(2);
  std::string bytes = disk.content(path);
  disk.put(path, std::string(64, 'x') + bytes.substr(64));
  REQUIRE(rewrite_segment_header(disk, path, header).ok());
  disk.crash(SimulatedDisk::Keep::kNothing);
  CHECK(disk.content(path) == bytes);
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "an append that the full disk refuses leaves nothing and can be repeated") {
  fill(1);
  std::string before = disk.content(path);
  SpoolRecord record = make_record(writer->end(), make_batch(2));
  for (std::uint64_t room = 0; room < record_size(*record.batch); room += 7) {
    disk.set_capacity(disk.used() + room);
    REQUIRE(writer->append_unsynced(record).code() == Code::kNoSpace);
    REQUIRE(disk.content(path) == before);
    REQUIRE(writer->end() == ends[1]);
  }
  disk.set_capacity(1 << 20);
  REQUIRE(writer->append_unsynced(record).ok());
  CHECK(read_all() == Seqs{1, 2});
}

TEST_CASE_FIXTURE(SegmentFixture, "an append goes on after short writes") {
  create();
  disk.inject({.op = Op::kWrite, .times = SimulatedDisk::kForever, .effect = Effect::kShort});
  fill(3);
  CHECK(read_all() == Seqs{1, 2, 3});
}

TEST_CASE_FIXTURE(SegmentFixture,
                  "a failed append whose cut fails as well is no mere lack of space") {
  create();
  disk.inject({.op = Op::kWrite, .effect = Effect::kNoSpace});
  disk.inject({.op = Op::kTruncate, .effect = Effect::kNoSpace});
  CHECK(writer->append_unsynced(make_record(kBase, make_batch(1))).code() == Code::kIo);
}

TEST_CASE_FIXTURE(SegmentFixture, "a segment that could not be made is not left behind") {
  struct Case {
    Op op;
    Effect effect;
    Code code;
  };
  for (const Case& c :
       {Case{Op::kCreate, Effect::kEio, Code::kIo},
        Case{Op::kWrite, Effect::kNoSpace, Code::kNoSpace},
        Case{Op::kWrite, Effect::kEio, Code::kIo}, Case{Op::kSync, Effect::kEio, Code::kIo},
        Case{Op::kSync, Effect::kNoSpace, Code::kIo},
        Case{Op::kSyncDirectory, Effect::kEio, Code::kIo}}) {
    disk.inject({.op = c.op, .effect = c.effect});
    CHECK(SegmentWriter::create(disk, "/s", header).status().code() == c.code);
    CHECK_FALSE(disk.exists(path));
  }
  create();
}

// Rule: resync
TEST_CASE_FIXTURE(SegmentFixture,
                  "resuming cuts the torn tail and syncs what was only in the page cache") {
  create();
  SpoolRecord first = make_record(kBase, make_batch(1));
  REQUIRE(writer->append_unsynced(first).ok());
  REQUIRE(writer->append_unsynced(make_record(first.end, make_batch(2))).ok());
  disk.crash(SimulatedDisk::Keep::kAll);
  auto resumed = SegmentWriter::resume(disk, "/s", kBase, first.end);
  REQUIRE(resumed.ok());
  CHECK((*resumed)->end() == first.end);
  disk.crash(SimulatedDisk::Keep::kNothing);
  CHECK(read_all() == Seqs{1});
  CHECK(disk.content(path).size() == offset_of(first.end));
}

TEST_CASE_FIXTURE(SegmentFixture, "a read error is told, and is no damage") {
  fill(2);
  auto from = reader();
  disk.inject({.op = Op::kRead});
  DamagedRange damage;
  CHECK(from->next(ends[2], &damage).status().code() == Code::kIo);
  CHECK(damage.length == 0);
  CHECK(seq_of(**from->next(ends[2])) == 1);
}

}  // namespace
}  // namespace ox
