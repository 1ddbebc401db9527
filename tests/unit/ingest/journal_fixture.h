#pragma once
// A followed file and its journal on a simulated disk, and a collector that keeps what it is sent
// once: all that exactly-once needs, in one thread, so that it can be stopped between any two file
// operations.
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/file_journal.h"
#include "common/ingest/file_tail.h"
#include "proto/event_view.h"
#include "proto/sealer.h"
#include "tests/support/simulated_disk.h"

namespace ox {

// Outlives every crash of oxingest.
struct CollectorModel {
  // An acknowledgement: it takes every batch, keeps those it does not know, and checks that a batch
  // that comes again has not changed.
  void take(const Batch& batch) {
    auto [known, is_new] = batches.try_emplace(batch.id(), batch.bytes());
    if (!is_new) {
      CHECK(known->second == batch.bytes());
      ++repeated;
      return;
    }
    BatchEvent event;
    for (BatchCursor cursor(batch); cursor.next(event);) {
      auto decoded = Decoded::decode(event.body);
      REQUIRE(decoded.ok());
      const msgpack::object* body = find_key(decoded->root(), "body");
      REQUIRE(body != nullptr);
      lines.emplace_back(find_text(*body, "data").value());
    }
  }

  std::map<BatchId, std::string> batches;
  std::vector<std::string> lines;
  int repeated = 0;
};

// One life of oxingest: from its start to its end, or until the disk stops.
class Follower : private EventSink {
 public:
  // `logs` is where the followed file lies, which no crash of ours touches.
  Follower(SimulatedDisk& disk, SimulatedDisk& logs, CollectorModel& collector, const Clock& clock)
      : disk_(disk),
        collector_(collector),
        shared_{logs, clock, watcher_, *this, {}, {}, {}, {}},
        sealer_({400, Seconds(3600)}, clock, [this](BatchPtr batch) { seal(std::move(batch)); }) {
    options_.segment_bytes = 600;
    shared_.options.rotate_grace = Micros(0);
  }

  Status start() {
    OX_ASSIGN_OR_RETURN(journal_,
                        FileJournal::open(disk_, kDirectory, kPath, shared_.clock, options_));
    tail_ = std::make_unique<FileTail>(shared_, FileSpec{"app", kPath}, 0);
    if (journal_->recovered_position()) return tail_->start_at(*journal_->recovered_position());
    OX_RETURN_IF_ERROR(tail_->start_at_end());
    return journal_->record_position(tail_->position().encode());
  }

  // Reads all there is, and brings it to the collector; `acked` of the batches that wait are
  // acknowledged, so that a crash finds some that are and some that are not.
  Status run(std::size_t acked = 1000) {
    while (tail_->poll() == FileTail::Outcome::kMore) {
    }
    sealer_.flush();
    OX_RETURN_IF_ERROR(status_);
    OX_RETURN_IF_ERROR(journal_->commit());
    while (true) {
      OX_ASSIGN_OR_RETURN(auto record, journal_->next());
      if (!record) break;
      collector_.take(*record->batch);  // sent, and arrived
      sent_.push_back(record->end);
    }
    for (std::size_t i = 0; i < acked && !sent_.empty(); ++i) {
      journal_->release(sent_.front());
      sent_.pop_front();
    }
    return journal_->checkpoint();
  }

  FileJournal& journal() { return *journal_; }
  FileTail& tail() { return *tail_; }

  static constexpr char kDirectory[] = "/state/journal";
  static constexpr char kPath[] = "/log/app.log";

 private:
  Answer add(const IngestEvent& event) override {
    ahead_ = event.position;
    sealer_.add(event.type, "h", event.end, event.body);
    position_ = ahead_;
    added_ = sealer_.waiting_events();
    return Answer::kTaken;
  }
  void input_dry() override {}
  void seal(BatchPtr batch) {
    bool with_last = batch->event_count() > added_;
    if (status_.ok()) status_ = journal_->append_unsynced(*batch, with_last ? ahead_ : position_);
    added_ = 0;
  }

  SimulatedDisk& disk_;
  CollectorModel& collector_;
  NoFileWatcher watcher_;
  TailShared shared_;
  Sealer sealer_;
  FileJournalOptions options_;
  std::unique_ptr<FileJournal> journal_;
  std::unique_ptr<FileTail> tail_;
  std::deque<Position> sent_;
  std::string ahead_;
  std::string position_;
  std::uint32_t added_ = 0;
  Status status_;
};

struct JournalFixture {
  JournalFixture() {
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});  // damage is told loudly, and wanted here
    logs.put(Follower::kPath, "before\n");
  }
  ~JournalFixture() { set_log_sink(nullptr); }

  // What the program that writes the log does.
  void write(int count) {
    std::string text = logs.content(Follower::kPath);
    for (int i = 0; i < count; ++i) {
      written.push_back(fmt::format("line {}", written.size()));
      text += written.back() + "\n";
    }
    logs.put(Follower::kPath, text);
    clock.advance(Seconds(1));
  }
  void rotate() {
    auto name = [](int n) { return fmt::format("{}.{}", Follower::kPath, n); };
    for (int n = rotations; n > 0; --n) REQUIRE(logs.rename(name(n), name(n + 1)).ok());
    REQUIRE(logs.rename(Follower::kPath, name(1)).ok());
    ++rotations;
    logs.put(Follower::kPath, "");
    clock.advance(Seconds(1));
  }
  void truncate() {
    logs.put(Follower::kPath, "");
    clock.advance(Seconds(1));
  }
  std::unique_ptr<Follower> make() {
    return std::make_unique<Follower>(disk, logs, collector, clock);
  }
  std::unique_ptr<Follower> started() {
    auto follower = make();
    Status status = follower->start();
    REQUIRE_MESSAGE(status.ok(), status.message());
    return follower;
  }
  void check_all_came() {
    CHECK(collector.lines.size() == written.size());
    CHECK(collector.lines == written);
  }

  SimulatedDisk disk{test_seed(11)};
  SimulatedDisk logs;
  FakeClock clock;
  CollectorModel collector;
  std::vector<std::string> written;
  int rotations = 0;
};

}  // namespace ox
