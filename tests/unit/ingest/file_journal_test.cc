#include "common/ingest/file_journal.h"

#include "tests/unit/ingest/journal_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
constexpr Keep kKeeps[] = {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll};

TEST_CASE("an entry is the sealed batch, byte for byte, and its position") {
  BatchBuilder builder(1000);
  builder.add("t", "h", 1.5, "body");
  BatchPtr batch = builder.seal({Uuid::random(), 7}, Seconds(5));
  BatchPtr record = encode_journal_entry(*batch, "position");
  CHECK(record->id() == batch->id());
  auto entry = decode_journal_entry(record);
  REQUIRE(entry.ok());
  CHECK(entry->batch->bytes() == batch->bytes());
  CHECK(entry->position == "position");
  CHECK(decode_journal_entry(batch).status().code() == Code::kInvalid);
}

TEST_CASE("the largest batch and position fit into one entry") {
  BatchBuilder builder(kMaxBatchBytes);
  std::string body(kMaxJournalBatch - kBatchHeaderSize - 64, 'x');
  builder.add("t", "h", 1.5, body);
  BatchPtr batch = builder.seal({Uuid::random(), 1}, Seconds(5));
  REQUIRE(batch->bytes().size() <= kMaxJournalBatch);
  BatchPtr record = encode_journal_entry(*batch, std::string(kMaxJournalPosition, 'p'));
  BatchError error = BatchError::kNone;
  CHECK(Batch::open(record, record->bytes(), error) != nullptr);
}

TEST_CASE_FIXTURE(JournalFixture, "a first start begins at the end of the file") {
  auto follower = started();
  CHECK(!follower->journal().recovered_position());
  REQUIRE(follower->run().ok());
  CHECK(collector.lines.empty());
  write(3);
  REQUIRE(follower->run().ok());
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "the position of the first start counts, lines or none") {
  started().reset();
  disk.crash(Keep::kNothing);
  write(3);
  auto follower = started();
  REQUIRE(follower->run().ok());
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "what is not acknowledged is sent again as it was") {
  auto follower = started();
  write(20);
  REQUIRE(follower->run(2).ok());
  std::size_t batches = collector.batches.size();
  REQUIRE(batches > 4);
  follower.reset();
  disk.crash(Keep::kNothing);
  write(5);
  follower = started();
  CHECK(follower->journal().recovered_batches() == batches - 2);
  REQUIRE(follower->run().ok());
  CHECK(collector.repeated == static_cast<int>(batches) - 2);
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "what is acknowledged is forgotten, and its space freed") {
  auto follower = started();
  write(100);
  REQUIRE(follower->run(0).ok());
  std::uint64_t full = follower->journal().disk_bytes();
  CHECK(full > 5000);
  CHECK(!follower->journal().reclaim());
  REQUIRE(follower->run().ok());
  CHECK(follower->journal().drained());
  CHECK(follower->journal().reclaim());
  CHECK(follower->journal().disk_bytes() == 0);
  follower.reset();
  disk.crash(Keep::kNothing);
  follower = started();
  CHECK(follower->journal().recovered_batches() == 0);
  write(2);
  REQUIRE(follower->run().ok());
  CHECK(collector.repeated == 0);
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "the journal stays small however much goes through it") {
  auto follower = started();
  std::uint64_t most = 0;
  for (int round = 0; round < 50; ++round) {
    write(20);
    REQUIRE(follower->run().ok());
    most = std::max(most, follower->journal().disk_bytes());
  }
  // Some segments of 600 bytes, and a batch each.
  CHECK(most < 20'000);
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "rotation and truncation while nobody reads") {
  auto follower = started();
  write(5);
  REQUIRE(follower->run(1).ok());
  follower.reset();
  disk.crash(Keep::kAll);
  write(5);
  rotate();
  write(5);
  rotate();
  write(5);
  follower = started();
  REQUIRE(follower->run(1).ok());
  check_all_came();
  follower.reset();
  truncate();
  write(1);
  follower = started();
  REQUIRE(follower->run().ok());
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "one journal is for one process and for one path") {
  auto follower = started();
  auto second = FileJournal::open(disk, Follower::kDirectory, Follower::kPath, clock);
  CHECK(second.status().code() == Code::kExists);
  follower.reset();
  auto other = FileJournal::open(disk, Follower::kDirectory, "/log/other", clock);
  CHECK(other.status().code() == Code::kInvalid);
  CHECK(other.status().message() ==
        "/state/journal: this is the journal of /log/app.log, not of /log/other");
  CHECK(make()->start().ok());
}

// A life with all that can happen in one: lines, acknowledgements, rotation, compaction.
Status live(JournalFixture& f, Follower& follower) {
  OX_RETURN_IF_ERROR(follower.start());
  OX_RETURN_IF_ERROR(follower.run(1));
  if (f.written.size() < 12) f.write(12);
  OX_RETURN_IF_ERROR(follower.run(2));
  if (f.rotations == 0) {
    f.rotate();
    f.write(12);
  }
  OX_RETURN_IF_ERROR(follower.run(3));
  follower.journal().reclaim();
  if (f.written.size() < 30) f.write(6);
  return follower.run();
}

// Lives until the disk stops after `steps` changes; true when it did not come to that.
bool lives_through(JournalFixture& f, std::uint64_t steps, Keep keep) {
  bool through = false;
  {
    Follower follower(f.disk, f.logs, f.collector, f.clock);
    f.disk.crash_after(steps);
    through = live(f, follower).ok() && !f.disk.stopped();
  }
  f.disk.crash(keep);
  return through;
}

void finish(JournalFixture& f) {
  Follower follower(f.disk, f.logs, f.collector, f.clock);
  Status status = live(f, follower);
  REQUIRE_MESSAGE(status.ok(), status.message());
  f.check_all_came();
}

TEST_CASE("a crash between any two file operations: every line comes once, in order") {
  for (Keep keep : kKeeps) {
    bool through = false;
    std::uint64_t steps = 0;
    for (; !through; ++steps) {
      CAPTURE(steps);
      CAPTURE(static_cast<int>(keep));
      JournalFixture f;
      INFO("seed ", f.disk.seed());
      // Its position is safe before the first line is written.
      f.started().reset();
      through = lives_through(f, steps, keep);
      finish(f);
    }
    CHECK(steps > 30);
  }
}

TEST_CASE("crash after crash, in the recovery, too") {
  std::mt19937_64 random(test_seed(5));
  INFO("seed ", test_seed(5));
  for (int episode = 0; episode < 150; ++episode) {
    CAPTURE(episode);
    JournalFixture f;
    f.started().reset();
    for (int crash = 0; crash < 6; ++crash)
      lives_through(f, random() % 40, kKeeps[random() % std::size(kKeeps)]);
    finish(f);
  }
}

TEST_CASE_FIXTURE(JournalFixture, "a torn record at the end is cut: its lines are read again") {
  auto follower = started();
  write(10);
  REQUIRE(follower->run(0).ok());
  follower.reset();
  std::string name;
  for (const std::string& entry : disk.names(Follower::kDirectory))
    if (parse_segment_name(entry)) name = join_path(Follower::kDirectory, entry);
  std::string segment = disk.content(name);
  disk.put(name, segment.substr(0, segment.size() - 20));
  // The torn batch was sent in this test, which a crash cannot bring about: forget it.
  collector = {};
  follower = started();
  REQUIRE(follower->run().ok());
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "every flipped bit of a journal leaves one that opens") {
  auto follower = started();
  write(6);
  REQUIRE(follower->run(1).ok());
  follower.reset();
  std::vector<std::string> names = disk.names(Follower::kDirectory);
  std::size_t whole = 0;
  for (const std::string& name : names) {
    std::string path = join_path(Follower::kDirectory, name);
    std::string bytes = disk.content(path);
    std::size_t used = bytes.find_last_not_of('\0') + 1;
    for (std::size_t at = 0; at < used; at += 7) {
      CAPTURE(path);
      CAPTURE(at);
      SimulatedDisk copy;
      for (const std::string& other : names) {
        std::string other_path = join_path(Follower::kDirectory, other);
        copy.put(other_path, disk.content(other_path));
      }
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      copy.put(path, damaged);
      CollectorModel receiver;
      Follower after(copy, logs, receiver, clock);
      Status status = after.start();
      CHECK_MESSAGE(status.ok(), status.message());
      CHECK(after.run().ok());
      if (receiver.lines.size() + 1 >= written.size()) ++whole;
    }
  }
  CHECK(whole > 0);
}

TEST_CASE_FIXTURE(JournalFixture, "without any checkpoint all that is kept is sent again") {
  auto follower = started();
  write(6);
  REQUIRE(follower->run(1).ok());
  follower.reset();
  disk.erase(join_path(Follower::kDirectory, "checkpoint.0"));
  disk.erase(join_path(Follower::kDirectory, "checkpoint.1"));
  write(3);
  follower = started();
  REQUIRE(follower->run().ok());
  CHECK(collector.repeated > 1);
  check_all_came();
}

TEST_CASE_FIXTURE(JournalFixture, "a failed fsync stops the journal, and nothing is lost") {
  auto follower = started();
  write(6);
  disk.inject({SimulatedDisk::Op::kSync, ".seg", 2});
  while (follower->run().ok()) write(6);
  CHECK(follower->run().code() == Code::kIo);
  follower.reset();
  disk.clear_faults();
  disk.crash(Keep::kNothing);
  follower = started();
  REQUIRE(follower->run().ok());
  check_all_came();
}

}  // namespace
}  // namespace ox
