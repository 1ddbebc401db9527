#include "common/spool/spool_inspector.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
using State = CheckpointSlot::State;

// Ten batches of two events in three segments; "files" has released all, "forward" six.
struct InspectorFixture : SpoolTest {
  InspectorFixture() {
    options.segment_bytes = 4 * unit2();
    open();
    add("files");
    add("forward");
    for (std::uint64_t seq = 1; seq <= 10; ++seq) {
      append(make_batch(seq, 2));
      clock.advance(Seconds(1));
    }
    REQUIRE(spool->commit().ok());
    drain(*cursors["files"]);
    for (int i = 0; i < 6; ++i) REQUIRE(cursors["forward"]->next().ok());
    cursors["forward"]->release(6 * unit2());
    REQUIRE(checkpoint(10 * unit2()).ok());
  }
  static std::uint64_t unit2() { return record_size(*make_batch(1, 2)); }

  SpoolReport inspect(Position from = 0) {
    std::uint64_t changes = disk.changes();
    SpoolInspector inspector(disk, "/s");
    Status status = inspector.open();
    REQUIRE_MESSAGE(status.ok(), status.message());
    visited.clear();
    status = inspector.read(from, [this](const SpoolRecord& record) {
      visited.push_back(seq_of(record));
      return ok_status();
    });
    REQUIRE_MESSAGE(status.ok(), status.message());
    REQUIRE(disk.changes() == changes);  // it never writes
    return inspector.report();
  }

  Seqs visited;
};

TEST_CASE_FIXTURE(InspectorFixture, "a whole spool is described as it is") {
  Uuid id = spool->id();
  close();
  SpoolReport report = inspect();
  CHECK(report.holder.empty());
  CHECK(report.id == id);
  CHECK(report.damage.empty());
  CHECK(report.torn_bytes == 0);
  CHECK(report.end == 10 * unit2());
  CHECK(visited == range(1, 10));

  REQUIRE(report.segments.size() == 3);
  const SpoolReport::Segment& second = report.segments[1];
  CHECK(second.path == segment_path(1));
  CHECK(second.base == 4 * unit2());
  CHECK(second.end == 8 * unit2());
  CHECK(second.size == kSegmentHeaderSize + 4 * unit2());
  CHECK(second.records == 4);
  CHECK(second.events == 8);
  CHECK(second.body_bytes == 8 * 40);
  CHECK(second.first_accepted == Seconds(1'500'000'004));
  CHECK(second.last_accepted == Seconds(1'500'000'007));

  REQUIRE(report.slots.size() == 2);
  CHECK(report.slots[0].content.state == State::kBlank);
  CHECK(report.slots[1].content.state == State::kWhole);
  CHECK(report.slots[1].counts);
  CHECK(report.newest() == &report.slots[1]);
  CHECK(report.slots[1].content.checkpoint.uptime == Seconds(1));

  REQUIRE(report.outputs.size() == 2);
  CHECK(report.outputs["files"].pending_events == 0);
  CHECK(report.outputs["files"].pending_bytes == 0);
  CHECK(report.outputs["forward"].released == 6 * unit2());
  CHECK(report.outputs["forward"].pending_events == 8);
  CHECK(report.outputs["forward"].pending_bytes == 4 * unit2());
}

TEST_CASE_FIXTURE(InspectorFixture, "from a position on, only the segments behind it are read") {
  close();
  inspect(6 * unit2());
  CHECK(visited == range(7, 10));
  std::uint64_t reads = disk.count(Op::kRead, segments()[0]);
  inspect(8 * unit2());
  CHECK(visited == Seqs{9, 10});
  CHECK(disk.count(Op::kRead, segments()[0]) == reads);
}

TEST_CASE_FIXTURE(InspectorFixture, "a visitor's error ends the reading") {
  close();
  SpoolInspector inspector(disk, "/s");
  REQUIRE(inspector.open().ok());
  Status status = inspector.read(0, [](const SpoolRecord& record) {
    return seq_of(record) == 3 ? Status(Code::kNoSpace, "no") : ok_status();
  });
  CHECK(status.code() == Code::kNoSpace);
}

TEST_CASE_FIXTURE(InspectorFixture, "a running daemon is told, and not disturbed") {
  SpoolReport report = inspect();
  CHECK(report.holder.find("process") != std::string::npos);
  CHECK(report.damage.empty());
  append(make_batch(11, 2));
  CHECK(spool->commit().ok());
  CHECK(inspect().segments.back().records == 3);
}

TEST_CASE_FIXTURE(InspectorFixture, "each damaged record is named by file and place") {
  close();
  flip(segment_path(0), kSegmentHeaderSize + unit2() + 70);
  flip(segment_path(2), kSegmentHeaderSize + 10);
  SpoolReport report = inspect();
  CHECK(visited == Seqs{1, 3, 4, 5, 6, 7, 8, 10});
  REQUIRE(report.damage.size() == 2);
  CHECK(report.damage[0].segment == segment_path(0));
  CHECK(report.damage[0].file_offset == kSegmentHeaderSize + unit2());
  CHECK(report.damage[0].length == unit2());
  CHECK_FALSE(report.damage[0].reason.empty());
  CHECK(report.damage[1].segment == segment_path(2));
  CHECK(report.outputs["forward"].pending_events == 6);
}

TEST_CASE_FIXTURE(InspectorFixture, "every flipped bit of the used bytes is damage, somewhere") {
  close();
  std::vector<std::string> paths = {segment_path(0), segment_path(1), segment_path(2)};
  for (const std::string& path : paths) {
    std::string whole = disk.content(path);
    for (std::uint64_t byte = 0; byte < whole.size(); byte += 3) {
      CAPTURE(path);
      CAPTURE(byte);
      flip(path, byte);
      SpoolReport report = inspect();
      REQUIRE(report.damage.size() == 1);
      REQUIRE(report.damage[0].segment == path);
      REQUIRE(report.damage[0].file_offset <= byte);
      REQUIRE(report.damage[0].file_offset + report.damage[0].length > byte);
      REQUIRE(visited.size() == (byte < kSegmentHeaderSize ? 10 : 9));
      disk.put(path, whole);
    }
  }
}

TEST_CASE_FIXTURE(InspectorFixture,
                  "a torn tail is no damage, unless a checkpoint has seen it whole") {
  append(make_batch(11, 2));
  close();
  std::string whole = disk.content(segment_path(2));
  for (std::uint64_t cut = 1; cut < unit2(); ++cut) {
    disk.put(segment_path(2), whole.substr(0, whole.size() - cut));
    SpoolReport report = inspect();
    REQUIRE(report.damage.empty());
    REQUIRE(report.torn_bytes == unit2() - cut);
    REQUIRE(visited == range(1, 10));
  }
  disk.put(segment_path(2), whole.substr(0, whole.size() - unit2() - 1));
  SpoolReport report = inspect();
  CHECK(report.damage.size() == 1);
  CHECK(report.torn_bytes == 0);
}

TEST_CASE_FIXTURE(InspectorFixture, "records that are missing are told") {
  close();
  SUBCASE("a segment in the middle") {
    disk.erase(segment_path(1));
    SpoolReport report = inspect();
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].segment == segment_path(0));
    CHECK(report.damage[0].length == 4 * unit2());
  }
  SUBCASE("the first ones, needed by nobody") {
    disk.erase(segment_path(0));
    CHECK(inspect().damage.empty());
  }
  SUBCASE("the first ones, needed by an output") {
    disk.erase(segment_path(0));
    disk.erase(segment_path(0));
    CHECK(inspect().damage.size() == 1);
  }
  SUBCASE("the last ones, as if they had never been") {
    std::string path = segment_path(2);
    disk.put(path, disk.content(path).substr(0, kSegmentHeaderSize + unit2()));
    CHECK(inspect().damage.size() == 1);
  }
  SUBCASE("all of them") {
    for (const std::string& name : segments()) disk.erase("/s/" + name);
    SpoolReport report = inspect();
    CHECK(report.damage.size() == 1);
    CHECK(report.end == 10 * unit2());
  }
}

TEST_CASE_FIXTURE(InspectorFixture, "strange segments are damage, and what can be read is read") {
  close();
  std::string path = segment_path(1);
  std::string bytes = disk.content(path);
  SUBCASE("of another spool") { bytes[20] = static_cast<char>(bytes[20] ^ 1); }
  SUBCASE("of a newer format") { store_le(&bytes[12], std::uint32_t{2}); }
  SUBCASE("with another base") { store_le(&bytes[32], Position{77}); }
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 52)));
  disk.put(path, bytes);
  SpoolReport report = inspect();
  REQUIRE(report.damage.size() == 1);
  CHECK(report.damage[0].segment == path);
  CHECK(visited == Seqs{1, 2, 3, 4, 9, 10});
}

TEST_CASE_FIXTURE(InspectorFixture, "of the slots the newer whole one counts") {
  REQUIRE(checkpoint(10 * unit2()).ok());
  close();
  CHECK(inspect().newest()->path == "/s/checkpoint.0");
  SUBCASE("the newer one damaged") {
    flip("/s/checkpoint.0", 50);
    SpoolReport report = inspect();
    CHECK(report.newest()->path == "/s/checkpoint.1");
    REQUIRE(report.damage.size() == 1);
    CHECK(report.damage[0].segment == "/s/checkpoint.0");
  }
  SUBCASE("both damaged") {
    flip("/s/checkpoint.0", 50);
    flip("/s/checkpoint.1", 50);
    SpoolReport report = inspect();
    CHECK(report.newest() == nullptr);
    CHECK(report.damage.size() == 2);
    CHECK(report.outputs.empty());
    CHECK(visited == range(5, 10));  // the first segment went
    CHECK_FALSE(report.id.is_nil());
  }
  SUBCASE("one of a newer format") {
    std::string bytes = disk.content("/s/checkpoint.0");
    std::size_t length = load_le<std::uint32_t>(&bytes[24]);
    store_le(&bytes[12], std::uint32_t{3});
    store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 16 + length)));
    disk.put("/s/checkpoint.0", bytes);
    CHECK(inspect().damage.size() == 1);
  }
  SUBCASE("both lost") {
    disk.erase("/s/checkpoint.0");
    disk.erase("/s/checkpoint.1");
    SpoolReport report = inspect();
    CHECK_FALSE(report.slots[0].exists);
    CHECK(report.newest() == nullptr);
    CHECK(visited == range(5, 10));  // the first segment went
  }
}

TEST_CASE_FIXTURE(InspectorFixture, "dedup sets and quarantine are counted") {
  Dedup dedup;
  dedup.commit({test_run(1), 5}, Seconds(1));
  dedup.commit({test_run(2), 5}, Seconds(1));
  REQUIRE(spool->write_checkpoint(dedup.snapshot(), 10 * unit2(), "", 10 * unit2(), {}).ok());
  close();
  disk.put("/s/quarantine/a", "12345");
  disk.put("/s/quarantine/b", "123");
  SpoolReport report = inspect();
  CHECK(report.newest()->dedup_runs == 2);
  CHECK(report.quarantined_files == 2);
  CHECK(report.quarantined_bytes == 8);
}

TEST_CASE_FIXTURE(InspectorFixture, "files of known runs are listed, and verified") {
  std::vector<DedupRecord> records;
  for (std::uint8_t run = 1; run <= 9; ++run) records.push_back({test_run(run), 1, 2, Seconds(1)});
  auto spill = [&] {
    auto merged =
        spool->spill(records, Seconds(1), Seconds(1000), [](const Uuid&) { return std::nullopt; });
    REQUIRE(merged.ok());
    spool->spilled_runs()->install(std::move(*merged));
    std::string snapshot = Dedup({}, spool->spilled_runs()).snapshot();
    REQUIRE(spool->write_checkpoint(snapshot, 10 * unit2(), "", 10 * unit2(), {}).ok());
  };
  spill();
  spill();  // together with the first, which the other slot still names
  close();
  disk.put("/s/dedup-50", "never finished");
  SpoolReport report = inspect();
  CHECK(report.damage.empty());
  REQUIRE(report.dedup_files.size() == 3);
  const SpoolReport::DedupFile& second = report.dedup_files[1];
  CHECK_FALSE(report.dedup_files[0].counts);
  CHECK_FALSE(report.dedup_files[0].leftover);
  CHECK(second.path == "/s/dedup-2");
  CHECK(second.counts);
  CHECK(second.runs == 9);
  CHECK(second.records == 9);
  CHECK(second.size == 8192);
  CHECK(report.dedup_files[2].leftover);

  SUBCASE("a damaged block") { flip("/s/dedup-2", 5000); }
  SUBCASE("a damaged header") { flip("/s/dedup-2", 20); }
  SUBCASE("missing") { disk.erase("/s/dedup-2"); }
  report = inspect();
  REQUIRE(report.damage.size() == 1);
  CHECK(report.damage[0].segment == "/s/dedup-2");
}

TEST_CASE("what is no spool is told") {
  SimulatedDisk disk;
  REQUIRE(disk.make_directories("/empty").ok());
  disk.put("/file", "x");
  for (const char* path : {"/none", "/empty", "/file"})
    CHECK(SpoolInspector(disk, path).open().code() == Code::kNotFound);
}

TEST_CASE_FIXTURE(InspectorFixture, "a disk that does not answer is told, not taken for damage") {
  close();
  disk.inject({.op = Op::kRead, .path_part = ".seg", .times = SimulatedDisk::kForever});
  SpoolInspector inspector(disk, "/s");
  REQUIRE(inspector.open().ok());
  CHECK(inspector.read(0, {}).code() == Code::kIo);
  CHECK(inspector.report().damage.empty());
}

}  // namespace
}  // namespace ox
