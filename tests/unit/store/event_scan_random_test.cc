// Scans find what a plain reading finds, whatever state files and indexes are in.
#include "common/store/event_scan.h"
#include "tests/support/fault_sweep.h"
#include "tests/unit/store/random_logs.h"

namespace ox {
namespace {

// Of this size a file has some blocks; with large events there are not too many to look at.
constexpr std::size_t kFileBytes = 1'800'000;

std::unique_ptr<RandomLogs> random_directory(std::uint64_t seed) {
  auto logs = std::make_unique<RandomLogs>(seed);
  for (int day = 1; day <= 2; ++day) {
    const std::string date = "2026010" + std::to_string(day);
    for (const char* type : {"_overflow", "app/x", "sys", "web", "web.db"}) {
      if (logs->chance(30)) continue;
      const std::string path = "/logs/" + date + "/" + encode_type(type) + "-" + date + ".log";
      logs->add_file(path, type, logs->chance(70) ? logs->below(kFileBytes) + 1 : 20'000,
                     logs->chance(50) ? 2'000 : 6'000);
    }
  }
  if (logs->files.empty()) logs->add_file("/logs/20260101/sys-20260101.log", "sys", 500'000, 900);
  if (logs->chance(30)) {
    // One that is larger than a block.
    MadeFile& file = logs->files.back();
    file.events.push_back(logs->make_event(file.type, file.mixed, 1'500'000));
    file.events.push_back(logs->make_event(file.type, file.mixed, 1'000));
  }
  for (MadeFile& file : logs->files) logs->put(file);
  return logs;
}

void check_scan(RandomLogs& logs, const EventConditions& conditions, bool by_file_name) {
  ScanOptions options;
  options.types_by_file_name = by_file_name;
  std::vector<std::string> expected = logs.expected(conditions, by_file_name);
  CHECK(scan_all(logs.disk, conditions, options) == expected);
  std::reverse(expected.begin(), expected.end());
  options.order = ScanOptions::Order::kReverse;
  CHECK(scan_all(logs.disk, conditions, options) == expected);
}

// In order of time, as sorting all of them has it; those of one time as they lie.
std::vector<std::string> sorted(const std::vector<std::string>& events, EventOrder::By by) {
  constexpr double kYear1 = -62135596800;
  constexpr double kYear10000 = 253402300800;
  std::vector<std::pair<double, std::string>> timed;
  for (const std::string& event : events) {
    double time = EventSlices::of(event).end.as_number().value_or(std::nan(""));
    bool known = !std::isnan(time);
    if (by == EventOrder::By::kTime && known) {
      known = time >= kYear1 && time < kYear10000;
      time = std::floor(time) * 1e6 + std::nearbyint((time - std::floor(time)) * 1e6);
    }
    if (!known) time = -std::numeric_limits<double>::infinity();
    timed.emplace_back(time, known ? "1" + event : "0" + event);
  }
  std::stable_sort(timed.begin(), timed.end(), [](const auto& a, const auto& b) {
    if (a.second[0] != b.second[0]) return a.second[0] < b.second[0];
    return a.first < b.first;
  });
  std::vector<std::string> out;
  for (const auto& each : timed) out.push_back(each.second.substr(1));
  return out;
}

void check_order(RandomLogs& logs, const EventConditions& conditions) {
  for (auto by : {EventOrder::By::kEnd, EventOrder::By::kTime}) {
    std::vector<std::string> expected = sorted(logs.expected(conditions, false), by);
    ScanOptions options;
    options.by = by;
    options.order = ScanOptions::Order::kOldestFirst;
    CHECK(scan_all(logs.disk, conditions, options) == expected);
    std::reverse(expected.begin(), expected.end());
    options.order = ScanOptions::Order::kNewestFirst;
    CHECK(scan_all(logs.disk, conditions, options) == expected);
  }
}

void check_counts(RandomLogs& logs, const EventConditions& conditions) {
  std::map<CountSlot, std::uint64_t> expected;
  std::uint64_t total = 0;
  for (const std::string& event : logs.expected(conditions, false)) {
    ++expected[CountSlot::of(EventSlices::of(event))];
    ++total;
  }
  for (auto order : {ScanOptions::Order::kForward, ScanOptions::Order::kReverse}) {
    ScanOptions options;
    options.order = order;
    auto counts = count_events(logs.disk, "/logs", conditions, options);
    REQUIRE(counts.ok());
    CHECK(counts->total == total);
    CHECK(counts->slots == expected);
  }
}

// A scan for a word may find more, but nothing that is not there, and all that has it.
void check_word(RandomLogs& logs, EventConditions conditions, const std::string& word) {
  const std::vector<std::string> all = logs.expected(conditions, false);
  std::vector<std::string> with_word;
  for (const MadeFile& file : logs.files)
    for (const MadeEvent& event : file.events)
      if (event.words.contains(word) && RandomLogs::fits(conditions, event, file, false))
        with_word.push_back(event.bytes);
  conditions.words.push_back(word);
  for (auto order : {ScanOptions::Order::kForward, ScanOptions::Order::kReverse}) {
    ScanOptions options;
    options.order = order;
    std::vector<std::string> found = scan_all(logs.disk, conditions, options);
    if (order == ScanOptions::Order::kReverse) std::reverse(found.begin(), found.end());
    auto is_part_of = [](const std::vector<std::string>& part, const std::vector<std::string>& of) {
      std::size_t at = 0;
      for (const std::string& event : of)
        if (at < part.size() && part[at] == event) ++at;
      return at == part.size();
    };
    CHECK(is_part_of(found, all));
    CHECK(is_part_of(with_word, found));
  }
}

// Exactly the events whose bytes hold them.
void check_needles(RandomLogs& logs, EventConditions conditions) {
  std::vector<std::string> expected = logs.expected(conditions, false);
  const std::string& bytes = logs.any_of(logs.any_of(logs.files).events).bytes;
  for (std::uint64_t n = 1 + logs.below(2); n > 0; --n) {
    const std::size_t begin = logs.below(bytes.size());
    const std::size_t most = logs.chance(50) ? 4 : 60;
    conditions.needles.push_back(bytes.substr(begin, 1 + logs.below(most)));
  }
  std::erase_if(expected, [&](const std::string& event) {
    return std::any_of(
        conditions.needles.begin(), conditions.needles.end(),
        [&](const std::string& needle) { return event.find(needle) == std::string::npos; });
  });
  ScanOptions options;
  CHECK(scan_all(logs.disk, conditions, options) == expected);
  options.order = ScanOptions::Order::kReverse;
  std::reverse(expected.begin(), expected.end());
  CHECK(scan_all(logs.disk, conditions, options) == expected);
  auto counts = count_events(logs.disk, "/logs", conditions, {});
  REQUIRE(counts.ok());
  CHECK(counts->total == expected.size());
}

}  // namespace

TEST_CASE("a scan finds what a plain reading does, whatever the files and indexes are like") {
  const std::uint64_t first = test_seed(1);
  for (std::uint64_t seed = first; seed < first + rounds(8, 200); ++seed) {
    INFO("seed ", seed);
    auto logs = random_directory(seed);
    check_scan(*logs, {}, false);
    check_order(*logs, {});
    for (int n = 0; n < 5; ++n) {
      const EventConditions conditions = logs->make_conditions();
      check_scan(*logs, conditions, logs->chance(30));
      if (n < 2) check_order(*logs, conditions);
      check_needles(*logs, n == 0 ? EventConditions() : conditions);
      check_counts(*logs, conditions);
      const MadeFile& file = logs->any_of(logs->files);
      const MadeEvent& event = logs->any_of(file.events);
      check_word(*logs, logs->chance(50) ? EventConditions() : conditions,
                 logs->any_of(std::vector<std::string>(event.words.begin(), event.words.end())));
    }
  }
}

TEST_CASE("behind a damaged place of a log file nothing is found, before it everything") {
  const std::uint64_t first = test_seed(1);
  for (std::uint64_t seed = first; seed < first + rounds(10, 200); ++seed) {
    INFO("seed ", seed);
    RandomLogs logs(seed);
    logs.add_file("/logs/20260101/sys-20260101.log", "sys", 1'000'000, 2'000);
    logs.add_file("/logs/20260101/web-20260101.log", "web", 100'000, 2'000);
    MadeFile& file = logs.files.front();
    // 0xc1 is no MessagePack anywhere.
    const std::size_t good = logs.below(file.events.size());
    std::string raw;
    for (std::size_t i = 0; i < good; ++i) raw += file.events[i].bytes;
    raw += '\xc1';
    for (std::size_t i = good; i < file.events.size(); ++i) raw += file.events[i].bytes;
    file.events.resize(good);
    switch (logs.below(3)) {
      case 0:
        logs.disk.put(file.path, raw);
        break;
      case 1:
        file.suffix = ".gz";
        logs.disk.put(file.path + ".gz", gzip(raw));
        break;
      default: {
        logs.disk.put(file.path, raw);
        auto compressed = compress_log(logs.disk, file.path, Cutoffs(), {});
        REQUIRE(compressed.ok());
        REQUIRE(install_compressed(logs.disk, *compressed).ok());
        file.suffix = ".zst";
        break;
      }
    }
    logs.disk.put(logs.files[1].path, RandomLogs::raw_bytes(logs.files[1]));
    if (logs.chance(50)) logs.index(file);
    std::vector<std::string> expected = logs.expected({}, false);
    for (auto order : {ScanOptions::Order::kForward, ScanOptions::Order::kReverse}) {
      ScanOptions options;
      options.order = order;
      CHECK(scan_all(logs.disk, {}, options, true) == expected);
      auto scan = EventScan::open(logs.disk, "/logs", {}, options);
      REQUIRE(scan.ok());
      std::string_view event;
      while (*scan->next(event)) {
      }
      REQUIRE(scan->problems().size() == 1);
      CHECK(scan->problems()[0].code() == Code::kCorrupt);
      CHECK(scan->problems()[0].message().find("sys-20260101.log") != std::string::npos);
      std::reverse(expected.begin(), expected.end());
    }
  }
}

}  // namespace ox
