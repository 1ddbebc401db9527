#include "common/store/event_scan.h"

#include "tests/unit/store/random_logs.h"

namespace ox {
namespace {

const std::string kScannedLog = "/logs/20260101/sys-20260101.log";

std::unique_ptr<RandomLogs> scanned_log(std::size_t bytes, bool indexed) {
  auto logs = std::make_unique<RandomLogs>(1);
  logs->add_file(kScannedLog, "sys", bytes, 2'000);
  logs->disk.put(kScannedLog, RandomLogs::raw_bytes(logs->files[0]));
  if (indexed) logs->index(logs->files[0]);
  return logs;
}

EventScan open_scan(FileSystem& fs, EventConditions conditions, ScanOptions options = {}) {
  auto scan = EventScan::open(fs, "/logs", std::move(conditions), std::move(options));
  REQUIRE(scan.ok());
  return std::move(*scan);
}

ScanOptions in_reverse() {
  ScanOptions options;
  options.order = ScanOptions::Order::kReverse;
  return options;
}

}  // namespace

TEST_CASE("a scan tells where each event lies, and its keys") {
  for (bool indexed : {false, true}) {
    auto logs = scanned_log(900'000, indexed);
    for (const ScanOptions& options : {ScanOptions(), in_reverse()}) {
      EventScan scan = open_scan(logs->disk, {}, options);
      const std::string raw = RandomLogs::raw_bytes(logs->files[0]);
      std::string_view event;
      while (*scan.next(event)) {
        REQUIRE(scan.place().path == "20260101/sys-20260101.log");
        REQUIRE(raw.substr(scan.place().offset, event.size()) == event);
        REQUIRE(scan.slices().id.bytes() == EventSlices::of(event).id.bytes());
      }
      CHECK(scan.progress().events_found == logs->files[0].events.size());
    }
  }
}

TEST_CASE("blocks out of time, too low in level or without a word are not read") {
  auto logs = scanned_log(3'000'000, true);
  auto blocks_read = [&](const EventConditions& conditions) {
    EventScan scan = open_scan(logs->disk, conditions);
    std::string_view event;
    while (*scan.next(event)) {
    }
    const ScanProgress progress = scan.progress();
    CHECK(progress.blocks_read + progress.blocks_skipped == 6);
    CHECK(progress.bytes_read + progress.bytes_skipped ==
          RandomLogs::raw_bytes(logs->files[0]).size());
    return progress.blocks_read;
  };
  EventConditions none;
  CHECK(blocks_read(none) == 6);
  EventConditions level;
  level.min_level = 1000;
  CHECK(blocks_read(level) == 0);
  EventConditions word;
  word.words = {*logs->files[0].events.back().words.begin()};
  CHECK(blocks_read(word) < 6);
  EventConditions two_words;
  two_words.words = {"It was absent"};
  CHECK(blocks_read(two_words) == 0);
  EventConditions host;
  host.hosts = {"nobody.example.org"};
  CHECK(blocks_read(host) == 0);
}

TEST_CASE("a scan ends when it is cancelled, and stays so") {
  auto logs = scanned_log(3'000'000, false);
  std::atomic<bool> cancel{false};
  ScanOptions options;
  options.cancel = &cancel;
  EventScan scan = open_scan(logs->disk, {}, options);
  std::string_view event;
  REQUIRE(*scan.next(event));
  cancel = true;
  Result<bool> found = true;
  while (found.ok() && *found) found = scan.next(event);
  CHECK(found.status().code() == Code::kUnavailable);
  CHECK(scan.next(event).status().code() == Code::kUnavailable);
  CHECK(scan.progress().events_found < logs->files[0].events.size());

  int questions = 3;
  ScanOptions asked = in_reverse();
  asked.go_on = [&] { return --questions > 0; };
  EventScan other = open_scan(logs->disk, {}, asked);
  found = true;
  while (found.ok() && *found) found = other.next(event);
  CHECK(found.status().code() == Code::kUnavailable);
}

TEST_CASE("a directory that is not there is an error, an unreadable file is told and passed over") {
  auto logs = scanned_log(100'000, false);
  CHECK(EventScan::open(logs->disk, "/nowhere", {}).status().code() == Code::kNotFound);
  logs->disk.put("/logs/20260101/bad-20260101.log", "x");
  SimulatedDisk::Fault fault;
  fault.op = SimulatedDisk::Op::kOpen;
  fault.path_part = "bad-20260101.log";
  fault.times = SimulatedDisk::kForever;
  logs->disk.inject(fault);
  EventScan scan = open_scan(logs->disk, {});
  std::string_view event;
  while (*scan.next(event)) {
  }
  CHECK(scan.progress().events_found == logs->files[0].events.size());
  REQUIRE(scan.problems().size() == 1);
  CHECK(scan.problems()[0].message().find("bad-20260101.log") != std::string::npos);
}

TEST_CASE("a file that is compressed between listing and reading is read all the same") {
  auto logs = scanned_log(100'000, false);
  EventScan scan = open_scan(logs->disk, {});
  auto compressed = compress_log(logs->disk, kScannedLog, Cutoffs(), {});
  REQUIRE(compressed.ok());
  REQUIRE(install_compressed(logs->disk, *compressed).ok());
  std::string_view event;
  while (*scan.next(event)) {
  }
  CHECK(scan.progress().events_found == logs->files[0].events.size());
  CHECK(scan.problems().empty());
}

TEST_CASE("half an event at the end is none, and its bytes are told") {
  auto logs = scanned_log(100'000, true);
  const std::string raw = logs->disk.content(kScannedLog);
  for (const ScanOptions& options : {ScanOptions(), in_reverse()}) {
    logs->disk.put(kScannedLog, raw + logs->files[0].events[0].bytes.substr(0, 10));
    EventScan scan = open_scan(logs->disk, {}, options);
    std::string_view event;
    while (*scan.next(event)) {
    }
    CHECK(scan.progress().events_found == logs->files[0].events.size());
    CHECK(scan.unfinished() == 10);
    CHECK(scan.problems().empty());
  }
}

TEST_CASE("what the cut-offs hide is not found, nor counted by an index") {
  auto logs = scanned_log(1'500'000, true);
  Cutoff rule;
  rule.scope.min_level = 20;
  rule.day = Seconds(1'767'312'000);  // 2026-01-02
  auto cutoffs = Cutoffs::load(logs->disk, "/logs");
  REQUIRE(cutoffs.ok());
  REQUIRE(cutoffs->add(rule).ok());
  std::vector<std::string> expected;
  for (const MadeEvent& event : logs->files[0].events)
    if (event.level.value_or(0) < 20) expected.push_back(event.bytes);
  REQUIRE(expected.size() < logs->files[0].events.size());
  ScanOptions options;
  options.cutoffs = &*cutoffs;
  CHECK(scan_all(logs->disk, {}, options) == expected);
  auto counts = count_events(logs->disk, "/logs", {}, options);
  REQUIRE(counts.ok());
  CHECK(counts->total == expected.size());
  options.order = ScanOptions::Order::kReverse;
  std::reverse(expected.begin(), expected.end());
  CHECK(scan_all(logs->disk, {}, options) == expected);
}

TEST_CASE("events are counted by the index without being read, but where a block is cut in two") {
  auto logs = scanned_log(3'000'000, true);
  auto counts = count_events(logs->disk, "/logs", {});
  REQUIRE(counts.ok());
  CHECK(counts->total == logs->files[0].events.size());
  CHECK(counts->progress.bytes_read == 0);
  CHECK(counts->progress.events_read == 0);
  EventConditions words;
  words.words = {"x"};
  CHECK(count_events(logs->disk, "/logs", words).status().code() == Code::kInvalid);
}

TEST_CASE("the type of a file too long for its name is asked of each event") {
  const std::string long_type = std::string(300, 'x') + ".one";
  const std::string other_type = std::string(300, 'x') + ".two";
  RandomLogs logs(1);
  for (const std::string& type : {long_type, other_type}) {
    MadeEvent event;
    pack_map_header(event.bytes, 1);
    pack_text(event.bytes, "type");
    pack_text(event.bytes, type);
    const std::string path = "/logs/" + log_file_path(type, Seconds(1'767'312'000), 0);
    logs.disk.put(path, logs.disk.content(path) + event.bytes);
  }
  for (const std::string& wanted : {long_type, other_type, std::string(250, 'x') + "*"}) {
    EventConditions conditions;
    conditions.types.push_back(*TypePattern::parse(wanted));
    ScanOptions options;
    options.types_by_file_name = true;
    CHECK(scan_all(logs.disk, conditions, options).size() == (wanted.back() == '*' ? 2 : 1));
    CHECK(scan_all(logs.disk, conditions, {}).size() == (wanted.back() == '*' ? 2 : 1));
  }
}

}  // namespace ox
