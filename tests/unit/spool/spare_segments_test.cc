// Files of segments that came and went fast become new segments, and what is left in them of their former life is
// never taken for a record, nor for damage.
#include <algorithm>

#include <doctest/doctest.h>

#include "common/spool/spool_inspector.h"
#include "tests/unit/spool/lying_disk.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

struct SpareFixture : SpoolTest {
  // Twelve batches in three segments, of which two have become spare.
  SpareFixture() {
    open();
    add("files");
    flood(1, 12);
    REQUIRE(spares().size() == 2);
  }
  // Batches that the output has read, and that no slot of the checkpoint needs.
  void flood(std::uint64_t first, std::uint64_t last) {
    const Position end = fill(first, last);
    REQUIRE(drain(*cursors["files"]) == range(first, last));
    REQUIRE(checkpoint(end).ok());
    REQUIRE(checkpoint(end).ok());
  }
  std::vector<std::string> spares() const {
    std::vector<std::string> out;
    for (const std::string& name : disk.names("/s"))
      if (is_spare_name(name)) out.push_back(name);
    return out;
  }
  std::string last_path() const { return "/s/" + segments().back(); }
  SpoolReport inspect() {
    SpoolInspector inspector(disk, "/s");
    REQUIRE(inspector.open().ok());
    REQUIRE(inspector.read(0, nullptr).ok());
    return inspector.report();
  }
  static std::uint64_t offset_in_segment(std::uint64_t records) {
    return kSegmentHeaderSize + records * unit();
  }
};

TEST_CASE_FIXTURE(SpareFixture, "files of segments that came and went fast become new segments") {
  const std::uint64_t created = disk.count(Op::kCreate);
  for (std::uint64_t seq = 13; seq < 93; seq += 8) flood(seq, seq + 7);
  CHECK(disk.count(Op::kCreate) == created);
  CHECK(spares().size() == 2);
  CHECK(segments().size() == 1);
  restart();
  CHECK(spool->end() == 92 * unit());
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpareFixture, "those of segments that took long to fill do not") {
  spool->remove_spares();
  CHECK(spares().empty());
  for (std::uint64_t seq = 13; seq <= 24; ++seq) {
    clock.advance(Spool::kShortLived / 4);
    flood(seq, seq);
  }
  CHECK(spares().empty());
  CHECK(segments().size() == 1);
}

TEST_CASE_FIXTURE(SpareFixture, "there are never more than so many") {
  fill(13, 32);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(32 * unit()).ok());
  REQUIRE(checkpoint(32 * unit()).ok());
  CHECK(spares().size() == options.spare_segments);
  CHECK(segments().size() == 1);
}

TEST_CASE_FIXTURE(SpareFixture,
                  "they are none of what the spool may take, and make room for batches") {
  options.disk_limit = 24 * unit();
  restart();
  CHECK(spares().empty());
  add("files");
  flood(13, 24);
  CHECK(spares().size() == 2);
  // Kept while half of the budget is enough for everything.
  Position end = fill(25, 28);
  CHECK_FALSE(spool->has_room(24 * unit() - (end - spool->begin())));
  REQUIRE(spool->reclaim());
  CHECK(spares().empty());
  CHECK(spool->has_room(24 * unit() - (end - spool->begin())));
}

TEST_CASE_FIXTURE(SpoolTest, "there are none while half of the budget is in use") {
  options.disk_limit = 12 * unit();  // segments of three
  open();
  Cursor& files = add("files");
  fill(1, 9);
  for (int i = 0; i < 3; ++i) REQUIRE(files.next().ok());
  files.release(3 * unit());
  REQUIRE(checkpoint(9 * unit()).ok());
  REQUIRE(checkpoint(9 * unit()).ok());
  CHECK(segments().size() == 2);
  for (const std::string& name : disk.names("/s")) CHECK_FALSE(is_spare_name(name));
}

TEST_CASE_FIXTURE(SpareFixture, "a start removes them, and nothing else") {
  fill(13, 13);
  Keep keep = Keep::kAll;
  SUBCASE("the process died") {}
  SUBCASE("the machine did, with what was not synced") { keep = Keep::kNothing; }
  restart(keep);
  CHECK(spares().empty());
  CHECK(recovered_seqs() == Seqs{13});
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpareFixture, "one that is gone is not missed") {
  for (const std::string& name : spares()) REQUIRE(disk.remove("/s/" + name).ok());
  flood(13, 20);
  restart();
  CHECK(spool->end() == 20 * unit());
}

TEST_CASE_FIXTURE(SpareFixture, "what is left of a former segment is no record and no damage") {
  Keep keep = Keep::kAll;
  SUBCASE("the process died") {}
  SUBCASE("the machine did") { keep = Keep::kNothing; }
  for (std::uint64_t count = 1; count <= 4; ++count) {
    CAPTURE(count);
    const std::uint64_t first = spool->end() / unit() + 1;
    fill(first, first + count - 1);
    const SpoolReport report = inspect();
    CHECK(report.damage.empty());
    CHECK(report.torn_bytes == 0);
    CHECK(report.end == spool->end());
    restart(keep);
    CHECK(spool->end() == (first + count - 1) * unit());
    CHECK(spool->recovery().damaged.empty());
    CHECK(spool->recovery().quarantined.empty());
    CHECK(spool->recovery().torn_bytes == 0);
    add("files");
    drain(*cursors["files"]);
    flood(spool->end() / unit() + 1, 12 * (count + 1));  // new spare files
    REQUIRE(spares().size() == 2);
  }
}

TEST_CASE_FIXTURE(SpareFixture, "an append over a former record that was cut off is no damage") {
  fill(13, 14);
  const std::string path = last_path();
  const std::string before = disk.content(path);
  fill(15, 15);
  const std::string after = disk.content(path);
  REQUIRE(before.size() == after.size());
  // The frame comes last: until it is whole there is no record.
  const std::uint64_t at = offset_in_segment(2);
  const std::uint64_t payload = at + kRecordFrameSize;
  for (std::uint64_t done = 0; done < unit(); ++done) {
    CAPTURE(done);
    std::string torn = before;
    const std::uint64_t of_payload = std::min(done, unit() - kRecordFrameSize);
    torn.replace(payload, of_payload, after, payload, of_payload);
    torn.replace(at, done - of_payload, after, at, done - of_payload);
    close();
    disk.put(path, torn);
    const SpoolReport report = inspect();
    REQUIRE(report.damage.empty());
    REQUIRE(report.end == 14 * unit());
    open();
    REQUIRE(spool->end() == 14 * unit());
    REQUIRE(spool->recovery().damaged.empty());
  }
}

TEST_CASE_FIXTURE(SpareFixture,
                  "what follows a frame is written before it, over former bytes only") {
  // The second write fails; a process that ends there leaves what the first one wrote.
  fill(13, 13);
  const std::string path = last_path();
  disk.inject({.op = Op::kWrite, .path_part = "spare-", .nth = 2, .effect = Effect::kNoSpace});
  CHECK(spool->append_unsynced(make_batch(14), clock.wall()).status().code() == Code::kNoSpace);
  CHECK(disk.content(path).size() == offset_in_segment(1));  // cut: nothing is left of the former
  fill(14, 16);
  restart();
  CHECK(recovered_seqs() == range(13, 16));
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpareFixture, "damage to the last record over former bytes is told") {
  fill(13, 14);
  const std::string path = last_path();
  const std::string whole = disk.content(path);
  const std::uint64_t payload = offset_in_segment(1) + kRecordFrameSize;
  for (std::uint64_t byte = payload; byte < offset_in_segment(2); ++byte) {
    CAPTURE(byte);
    close();
    disk.put(path, whole);
    flip(path, byte);
    REQUIRE(inspect().damage.size() == 1);
    open();
    REQUIRE(spool->end() == 13 * unit());
    REQUIRE(spool->recovery().damaged.size() == 1);
    REQUIRE(spool->recovery().quarantined.size() == 1);
  }
}

TEST_CASE_FIXTURE(SpareFixture,
                  "records that a checkpoint has counted are missed, whatever is there now") {
  const Position end = fill(13, 14);
  REQUIRE(checkpoint(end).ok());
  close();
  const std::string path = last_path();
  std::string bytes = disk.content(path);
  const std::uint64_t second = offset_in_segment(1);
  bytes.replace(second, unit(), std::string(unit(), 'x'));
  disk.put(path, bytes);
  CHECK(inspect().damage.size() >= 1);
  open();
  CHECK(spool->recovery().damaged.size() == 1);
}

TEST_CASE_FIXTURE(SpareFixture, "a segment that was gone on with holds nothing of a former one") {
  fill(13, 13);
  restart();
  add("files");
  fill(14, 15);
  const std::string path = last_path();
  CHECK((*SegmentReader::open(disk, path))->header().former_size == 0);
  CHECK(disk.content(path).size() == offset_in_segment(3));
  close();
  flip(path, offset_in_segment(2) + 3);  // of the frame
  open();
  CHECK(spool->recovery().damaged.size() == 1);
}

TEST_CASE_FIXTURE(SpareFixture,
                  "an output that was passed over does not read what has become another segment") {
  Cursor& copy = add("copy");
  copy.set_optional(true);
  options.cache_bytes = 0;
  fill(13, 20);
  REQUIRE(seq_of(**copy.next()) == 9);  // its segment is open
  drain(*cursors["files"]);
  REQUIRE(checkpoint(20 * unit()).ok());
  while (spool->skip_optional()) {
  }
  REQUIRE(checkpoint(20 * unit()).ok());
  REQUIRE(checkpoint(20 * unit()).ok());
  fill(21, 32);
  CHECK(drain(copy) == range(copy.passed_over_events() + 9, 32));
  CHECK(spool->stats().damaged_ranges == 0);
}

TEST_CASE_FIXTURE(SpareFixture,
                  "an output that is passed over just as it reads takes no damage from it") {
  int reads_left = 0;
  std::function<void()> meanwhile;
  LyingDisk watched(disk, {.of = ".seg", .before_read = [&] {
                             if (reads_left > 0 && --reads_left == 0) meanwhile();
                           }});
  for (int read : {1, 2}) {  // its header, or its records
    CAPTURE(read);
    close();
    options.cache_bytes = 0;
    auto opened = Spool::open(watched, options, clock);
    REQUIRE(opened.ok());
    spool = std::move(*opened);
    Cursor& copy = add("copy");
    copy.set_optional(true);
    add("files");
    const std::uint64_t first = spool->end() / unit() + 1;
    fill(first, first + 7);
    drain(*cursors["files"]);
    REQUIRE(checkpoint(spool->end()).ok());
    meanwhile = [&] {
      while (spool->skip_optional()) {
      }
      REQUIRE(checkpoint(spool->end()).ok());
      REQUIRE(checkpoint(spool->end()).ok());
      REQUIRE_FALSE(spares().empty());
      fill(first + 8, first + 19);
    };
    reads_left = read;
    const Seqs read_by_copy = drain(copy);
    REQUIRE(reads_left == 0);
    REQUIRE(copy.passed_over_events() > 0);
    CHECK(std::is_sorted(read_by_copy.begin(), read_by_copy.end()));
    CHECK(std::find(read_by_copy.begin(), read_by_copy.end(), 0) == read_by_copy.end());
    CHECK(read_by_copy.back() == first + 19);
    CHECK(spool->stats().damaged_ranges == 0);
    drain(*cursors["files"]);
    REQUIRE(checkpoint(spool->end()).ok());
    REQUIRE(checkpoint(spool->end()).ok());
  }
}

TEST_CASE_FIXTURE(SpareFixture,
                  "who looks at a spool in use is not told of damage where files are used again") {
  fill(13, 20);
  int reads_left = 3;  // the first segment's header, and then its records
  LyingDisk watched(disk, {.of = ".seg", .before_read = [&] {
                             if (--reads_left != 0) return;
                             drain(*cursors["files"]);
                             REQUIRE(checkpoint(20 * unit()).ok());
                             REQUIRE(checkpoint(20 * unit()).ok());
                             fill(21, 32);
                           }});
  SpoolInspector inspector(watched, "/s");
  REQUIRE(inspector.open().ok());
  REQUIRE(inspector.read(0, nullptr).ok());
  REQUIRE(reads_left <= 0);
  for (const DamagedRange& range : inspector.report().damage) CHECK(range.reason == "");
}

// A segment over a former one, of several of the reader's chunks: `records` of it are there, and grow() appends one more.
struct GrowingSegment {
  static constexpr std::size_t kBody = 300 * kKiB;

  explicit GrowingSegment(std::uint64_t records) {
    REQUIRE(disk.make_directories("/g").ok());
    auto former = SegmentWriter::create(disk, "/g", {test_run(), 0, {}, 0});
    REQUIRE(former.ok());
    writer = std::move(*former);
    for (int i = 0; i < 12; ++i) grow();
    const std::string spare = "/g/" + spare_name(0);
    REQUIRE(disk.rename("/g/" + segment_name(0), spare).ok());
    auto reused = SegmentWriter::reuse(disk, "/g", {test_run(), writer->end(), {}, 0}, spare);
    REQUIRE(reused.ok());
    writer = std::move(*reused);
    while (grown() < records) grow();
  }
  void grow() {
    SpoolRecord record;
    record.batch = make_batch(1, 1, kBody);
    record.position = writer->end();
    record.end = record.position + record_size(*record.batch);
    REQUIRE(writer->append_unsynced(record).ok());
  }
  std::uint64_t grown() const {
    return (writer->end() - writer->base()) / record_size(*make_batch(1, 1, kBody));
  }

  SimulatedDisk disk;
  std::unique_ptr<SegmentWriter> writer;
};

TEST_CASE("who looks at a spool in use is not told of damage where records come over former ones") {
  // One record, or two, come before each of the reads in turn; and before every one of them.
  bool came = true;
  for (int at = 0; came; ++at) {
    for (int records : {1, 2}) {
      CAPTURE(at);
      CAPTURE(records);
      came = false;
      GrowingSegment segment(2);
      int reads = 0;
      LyingDisk watched(segment.disk, {.of = ".seg", .before_read = [&] {
                                         ++reads;
                                         if (at > 0 && reads != at) return;
                                         came = true;
                                         for (int i = 0; i < records; ++i) segment.grow();
                                       }});
      SpoolInspector inspector(watched, "/g");
      REQUIRE(inspector.open().ok());
      REQUIRE(inspector.read(0, nullptr).ok());
      for (const DamagedRange& range : inspector.report().damage) CHECK(range.reason == "");
      REQUIRE(inspector.report().segments.size() == 1);
      CHECK(inspector.report().segments[0].records >= 2);
      CHECK(inspector.report().segments[0].records <= segment.grown());
    }
  }
}

TEST_CASE("who looks at a spool in use is not told of damage where an append goes on") {
  bool came = true;
  for (int at = 1; came; ++at) {
    CAPTURE(at);
    came = false;
    GrowingSegment segment(14);  // more than the former segment had
    const std::string path = "/g/" + segment_name(segment.writer->base());
    const std::string whole = segment.disk.content(path);
    segment.disk.put(path, whole.substr(0, whole.size() - 1000));
    int reads = 0;
    LyingDisk watched(segment.disk, {.of = ".seg", .before_read = [&] {
                                       if (++reads != at) return;
                                       came = true;
                                       segment.disk.put(path, whole);
                                     }});
    SpoolInspector inspector(watched, "/g");
    REQUIRE(inspector.open().ok());
    REQUIRE(inspector.read(0, nullptr).ok());
    for (const DamagedRange& range : inspector.report().damage) CHECK(range.reason == "");
  }
}

TEST_CASE_FIXTURE(SpareFixture,
                  "a disk that fails while a file becomes another segment loses nothing") {
  for (Op op : {Op::kOpen, Op::kInfo, Op::kWrite, Op::kSync, Op::kRename, Op::kSyncDirectory}) {
    for (Effect effect : {Effect::kEio, Effect::kNoSpace}) {
      CAPTURE(static_cast<int>(op));
      SpareFixture world;
      world.disk.clear_faults();
      const std::uint64_t begun = world.disk.count(Op::kCreate);
      world.disk.inject(
          {.op = op, .path_part = op == Op::kSyncDirectory ? "/s" : "spare-", .effect = effect});
      std::uint64_t seq = 13;
      while (seq <= 20 && world.spool->append_unsynced(make_batch(seq), world.clock.wall()).ok()) {
        if (!world.spool->commit().ok()) break;
        ++seq;
      }
      CHECK(world.disk.count(Op::kCreate) >= begun);
      world.disk.clear_faults();
      world.restart(Keep::kNothing);
      CHECK(world.spool->recovery().damaged.empty());
      CHECK(world.spool->end() == (seq - 1) * unit());
    }
  }
}

}  // namespace
}  // namespace ox
