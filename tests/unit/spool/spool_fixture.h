#pragma once
// A spool on a simulated disk, or in memory when options.path is "", with a clock turned by hand.
#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "common/spool/spool.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {

struct SpoolFixture {
  explicit SpoolFixture(std::uint64_t seed = 1) : disk(seed) {
    options.path = "/s";
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});  // damage is told loudly, and wanted here
  }
  ~SpoolFixture() { set_log_sink(nullptr); }

  // What a batch of make_batch(seq) with its usual size takes.
  static std::uint64_t unit() { return record_size(*make_batch(1)); }

  Status try_open() {
    cursors.clear();
    spool.reset();
    auto opened = Spool::open(disk, options, clock);
    if (!opened.ok()) return opened.status();
    spool = std::move(opened).value();
    return ok_status();
  }
  void open() {
    Status status = try_open();
    REQUIRE_MESSAGE(status.ok(), status.message());
  }
  // The process ends, or the machine does, and it starts again.
  void restart(SimulatedDisk::Keep keep = SimulatedDisk::Keep::kAll) {
    disk.crash(keep);
    open();
  }
  Cursor& add(const std::string& name) {
    cursors[name] = spool->add_cursor(name, [this] { ++wakes; });
    return *cursors[name];
  }

  SpoolRecord append(BatchPtr batch) {
    auto record = spool->append_unsynced(std::move(batch), clock.wall());
    REQUIRE_MESSAGE(record.ok(), record.status().message());
    return *record;
  }
  // Batches first to last, committed; returns the end of the last.
  Position fill(std::uint64_t first, std::uint64_t last, std::uint32_t events = 1,
                std::size_t body = 40) {
    Position end = 0;
    for (std::uint64_t seq = first; seq <= last; ++seq)
      end = append(make_batch(seq, events, body)).end;
    REQUIRE(spool->commit().ok());
    return end;
  }
  // All that the cursor can read, released when `release`; a damaged place is 0.
  static Seqs drain(Cursor& cursor, bool release = true) {
    Seqs seqs;
    while (true) {
      auto record = cursor.next();
      if (!record.ok()) {
        REQUIRE_MESSAGE(record.status().code() == Code::kCorrupt, record.status().message());
        seqs.push_back(0);
        continue;
      }
      if (!*record) return seqs;
      REQUIRE((*record)->end == cursor.position());
      seqs.push_back(seq_of(**record));
      if (release) cursor.release((*record)->end);
    }
  }
  static Seqs range(std::uint64_t first, std::uint64_t last) {
    Seqs seqs;
    for (std::uint64_t seq = first; seq <= last; ++seq) seqs.push_back(seq);
    return seqs;
  }
  // With everything up to `position` in the store.
  Status checkpoint(Position position, const std::string& store = "") {
    return spool->write_checkpoint(Dedup().snapshot(), position, store, position, Seconds(1));
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> out;
    for (const std::string& name : disk.names("/s"))
      if (parse_segment_name(name)) out.push_back(name);
    return out;
  }
  std::string segment_path(std::size_t n) const { return "/s/" + segments().at(n); }
  void flip(const std::string& path, std::uint64_t byte) {
    std::string bytes = disk.content(path);
    bytes.at(byte) = static_cast<char>(bytes[byte] ^ 1);
    disk.put(path, bytes);
  }

  SimulatedDisk disk;
  FakeClock clock;
  SpoolOptions options;
  int wakes = 0;
  std::unique_ptr<Spool> spool;
  std::map<std::string, std::unique_ptr<Cursor>> cursors;
};

// With small segments, and what a test of starts needs.
struct SpoolTest : SpoolFixture {
  SpoolTest() { options.segment_bytes = 4 * unit(); }

  void close() {
    cursors.clear();
    spool.reset();
  }
  // Batches that a new cursor reads, whose bytes must be the ones that were appended.
  Seqs read_all(const std::string& name = "check") {
    cursors.erase(name);
    Cursor& cursor = add(name);
    Seqs seqs;
    while (true) {
      auto record = cursor.next();
      if (!record.ok()) {
        REQUIRE_MESSAGE(record.status().code() == Code::kCorrupt, record.status().message());
        continue;
      }
      if (!*record) break;
      REQUIRE((*record)->batch->bytes() == make_batch(seq_of(**record))->bytes());
      seqs.push_back(seq_of(**record));
    }
    cursors.erase(name);
    return seqs;
  }
  Seqs recovered_seqs() const {
    Seqs seqs;
    for (const auto& batch : spool->recovered_batches()) seqs.push_back(batch.id.seq);
    return seqs;
  }
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> out;
    for (const std::string& name : disk.names("/s")) out[name] = disk.content("/s/" + name);
    return out;
  }
};

struct MemorySpoolFixture : SpoolFixture {
  MemorySpoolFixture() {
    options.path = "";
    options.memory_limit = 10 * unit();
    open();
  }
};

}  // namespace ox
