#include "common/ingest/journal_writer.h"

#include <chrono>

#include "tests/unit/ingest/journal_fixture.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;

// Two journals, and a thread that writes them.
struct WriterFixture : JournalFixture {
  WriterFixture() {
    for (const char* name : {"a", "b"}) {
      auto journal = FileJournal::open(disk, join_path("/state", name), name, clock, {600, 600});
      REQUIRE(journal.ok());
      REQUIRE((*journal)->record_position(position(name, 0)).ok());
      journals.push_back(std::move(*journal));
    }
    options.retry_interval = Millis(1);
  }
  static std::string position(const std::string& path, std::uint64_t offset) {
    return FilePosition{path, {{{1, 2}, offset, false, {}}}}.encode();
  }
  void start() {
    std::vector<FileJournal*> pointers{journals[0].get(), journals[1].get()};
    writer.emplace(
        pointers,
        [this] {
          std::lock_guard lock(mu);
          ++told;
          changed.notify_all();
        },
        options);
    writer->start();
  }
  void append(std::size_t journal, std::uint64_t seq) {
    BatchBuilder builder(1000);
    builder.add("t", "h", 1.0, std::string(300, 'x'));
    writer->append(journal, builder.seal({run, seq}, Seconds(5)),
                   position(journal == 0 ? "a" : "b", seq));
  }
  template <typename Condition>
  bool until(Condition condition) {
    std::unique_lock lock(mu);
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      changed.wait_for(lock, std::chrono::milliseconds(1));
    }
    return true;
  }
  std::uint64_t take(std::size_t journal, bool release) {
    std::uint64_t count = 0;
    while (true) {
      auto record = journals[journal]->next();
      REQUIRE(record.ok());
      if (!*record) return count;
      ++count;
      if (release) journals[journal]->release((*record)->end);
    }
  }

  Uuid run = Uuid::random();
  std::vector<std::unique_ptr<FileJournal>> journals;
  JournalWriterOptions options;
  std::mutex mu;
  std::condition_variable changed;
  int told = 0;
  std::optional<JournalWriter> writer;
};

TEST_CASE_FIXTURE(WriterFixture, "what waits while the disk is busy is one group with one sync") {
  start();
  std::mutex gate;
  gate.lock();
  bool blocked = false;
  disk.on_call([&](const SimulatedDisk::Call& call) {
    if (call.op != Op::kSync || call.path.find(".seg") == std::string::npos || blocked) return;
    blocked = true;
    std::lock_guard wait(gate);
  });
  append(0, 1);
  REQUIRE(until([&] { return disk.count(Op::kWrite, ".seg") >= 1; }));
  for (std::uint64_t seq = 2; seq <= 9; ++seq) append(1, seq);
  CHECK(writer->queued_bytes() > 0);
  std::uint64_t syncs = disk.count(Op::kSync, "/state/b/");
  gate.unlock();
  CHECK(until([&] { return writer->queued_bytes() == 0; }));
  CHECK(take(0, false) == 1);
  CHECK(take(1, false) == 8);
  // Eight batches of 300 bytes are in segments of 600, which are synced as they are made and left.
  std::uint64_t segments = disk.count(Op::kCreate, "/state/b/") - 3;
  CHECK(disk.count(Op::kSync, "/state/b/") - syncs <= 2 * segments + 1);
  CHECK(told >= 2);
  disk.on_call(nullptr);
}

TEST_CASE_FIXTURE(WriterFixture, "without room it waits for what is released") {
  options.disk_limit = 6000;
  start();
  for (std::uint64_t seq = 1; seq <= 40; ++seq) append(seq % 2, seq);
  std::uint64_t taken = 0;
  CHECK(until([&] {
    CHECK(journals[0]->disk_bytes() + journals[1]->disk_bytes() <= 6000);
    taken += take(0, true) + take(1, true);
    writer->released();
    return taken == 40;
  }));
  CHECK(until([&] { return writer->queued_bytes() == 0; }));
  CHECK(writer->failure().ok());
}

TEST_CASE_FIXTURE(WriterFixture, "a full disk is a problem that passes") {
  disk.inject({Op::kWrite, ".seg", 1, SimulatedDisk::kForever, SimulatedDisk::Effect::kNoSpace});
  start();
  append(0, 1);
  CHECK(until([&] { return !writer->problem().empty(); }));
  CHECK(writer->queued_bytes() > 0);
  disk.clear_faults();
  CHECK(until([&] { return writer->queued_bytes() == 0; }));
  CHECK(writer->problem().empty());
  CHECK(take(0, false) == 1);
}

TEST_CASE_FIXTURE(WriterFixture, "a failed sync ends it for good, and is told") {
  disk.inject({Op::kSync, ".seg"});
  start();
  append(0, 1);
  CHECK(until([&] { return told > 0; }));
  CHECK(writer->failure().code() == Code::kIo);
  append(0, 2);
  CHECK(writer->queued_bytes() == 0);
}

TEST_CASE_FIXTURE(WriterFixture, "a stop writes what waits, and remembers what was released") {
  start();
  append(0, 1);
  append(1, 2);
  REQUIRE(until([&] { return writer->queued_bytes() == 0; }));
  CHECK(take(0, true) == 1);
  append(1, 3);
  writer->stop();
  CHECK(journals[0]->disk_bytes() == 0);
  journals.clear();
  disk.crash(SimulatedDisk::Keep::kNothing);
  auto a = FileJournal::open(disk, "/state/a", "a", clock);
  auto b = FileJournal::open(disk, "/state/b", "b", clock);
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK((*a)->recovered_batches() == 0);
  CHECK((*a)->recovered_position()->marks[0].offset == 1);
  CHECK((*b)->recovered_batches() == 2);
  CHECK((*b)->recovered_position()->marks[0].offset == 3);
}

}  // namespace
}  // namespace ox
