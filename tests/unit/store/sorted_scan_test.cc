#include "common/store/sorted_scan.h"

#include "tests/unit/store/random_logs.h"

namespace ox {
namespace {

const std::string kSortedLog = "/logs/20260101/sys-20260101.log";

std::unique_ptr<RandomLogs> sorted_log(std::size_t bytes, bool indexed) {
  auto logs = std::make_unique<RandomLogs>(7);
  logs->add_file(kSortedLog, "sys", bytes, 2'000);
  logs->disk.put(kSortedLog, RandomLogs::raw_bytes(logs->files[0]));
  if (indexed) logs->index(logs->files[0]);
  return logs;
}

ScanOptions newest_first() {
  ScanOptions options;
  options.order = ScanOptions::Order::kNewestFirst;
  return options;
}

std::vector<std::string> in_any_order(std::vector<std::string> events) {
  std::sort(events.begin(), events.end());
  return events;
}

}  // namespace

TEST_CASE("the newest events are found without reading the others") {
  RandomLogs logs(3);
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) {
    pack_map_header(bytes, 2);
    pack_text(bytes, "end");
    pack_double(bytes, kMadeFrom + i - (i % 7) * 3);
    pack_text(bytes, "body");
    pack_text(bytes, std::string(200, 'x'));
  }
  logs.disk.put(kSortedLog, bytes);
  MadeFile file;
  file.path = kSortedLog;
  file.type = "sys";
  logs.index(file);
  auto scan = EventScan::open(logs.disk, "/logs", {}, newest_first());
  REQUIRE(scan.ok());
  std::string_view event;
  double last = 1e300;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(*scan->next(event));
    const double end = *scan->slices().end.as_number();
    CHECK(end <= last);
    last = end;
  }
  const ScanProgress progress = scan->progress();
  CHECK(progress.files_done == 1);
  CHECK(progress.events_found == 100);
  CHECK(progress.blocks_read <= 2);
  CHECK(progress.bytes_read < bytes.size() / 5);
}

TEST_CASE("the place of an event in order of time is where it lies") {
  for (bool indexed : {false, true}) {
    auto logs = sorted_log(900'000, indexed);
    const std::string raw = RandomLogs::raw_bytes(logs->files[0]);
    auto scan = EventScan::open(logs->disk, "/logs", {}, newest_first());
    REQUIRE(scan.ok());
    std::string_view event;
    std::size_t found = 0;
    for (; *scan->next(event); ++found) {
      REQUIRE(scan->place().path == "20260101/sys-20260101.log");
      REQUIRE(raw.substr(scan->place().offset, event.size()) == event);
      REQUIRE(scan->slices().id.bytes() == EventSlices::of(event).id.bytes());
    }
    CHECK(found == logs->files[0].events.size());
  }
}

TEST_CASE("with little room for what waits, events come in the same order") {
  for (bool indexed : {false, true}) {
    auto logs = sorted_log(1'500'000, indexed);
    for (auto order : {ScanOptions::Order::kOldestFirst, ScanOptions::Order::kNewestFirst}) {
      ScanOptions options;
      options.order = order;
      const std::vector<std::string> expected = scan_all(logs->disk, {}, options);
      for (std::size_t room : {std::size_t{1}, std::size_t{30'000}, std::size_t{700'000}}) {
        ScanFiles files(logs->disk, "/logs", {}, options);
        REQUIRE(files.find().ok());
        SortedScan scan(files, EventOrder(options.by, order == ScanOptions::Order::kNewestFirst),
                        room);
        // With hardly any, each one has everything read again.
        const std::size_t most = room < 100'000 ? 100 : expected.size();
        std::vector<std::string> found;
        std::string_view event;
        while (found.size() < most && *scan.next(event)) found.emplace_back(event);
        CHECK(found ==
              std::vector<std::string>(
                  expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(found.size())));
        CHECK(found.size() == most);
      }
    }
  }
}

TEST_CASE("an index that fits its file but tells wrong loses no event, nor has one come twice") {
  for (std::size_t wrong : {std::size_t{0}, std::size_t{1}, std::size_t{4}}) {
    auto logs = sorted_log(3'000'000, true);
    auto index = LogIndex::load(logs->disk, kSortedLog + ".idx");
    REQUIRE(index.ok());
    IndexDescription description = index->description();
    REQUIRE(description.blocks.size() > 4);
    ++description.blocks[wrong].events;
    const std::string text = encode_index_description(description);
    logs->disk.put(kSortedLog + ".idx",
                   logs->disk.content(kSortedLog + ".idx").substr(0, index->filters_end()) + text +
                       encode_index_end(text, index->filters_end()));
    CHECK(in_any_order(scan_all(logs->disk, {}, newest_first())) ==
          in_any_order(logs->expected({}, false)));
  }
}

TEST_CASE("a file that is gone when its turn comes is told once, and the others are read on") {
  auto logs = sorted_log(1'500'000, true);
  const std::string other = "/logs/20260102/sys-20260102.log";
  logs->add_file(other, "sys", 300'000, 2'000);
  logs->disk.put(other, RandomLogs::raw_bytes(logs->files[1]));
  ScanOptions options;
  options.order = ScanOptions::Order::kOldestFirst;
  int blocks = 0;
  options.go_on = [&] {
    if (++blocks == 8) REQUIRE(logs->disk.remove(other).ok());
    return true;
  };
  auto scan = EventScan::open(logs->disk, "/logs", {}, options);
  REQUIRE(scan.ok());
  std::string_view event;
  std::size_t found = 0;
  while (*scan->next(event)) ++found;
  CHECK(found >= logs->files[0].events.size());
  CHECK(scan->problems().size() <= 1);
}

TEST_CASE("a search in order of time ends when it is cancelled, and stays so") {
  auto logs = sorted_log(3'000'000, false);
  int questions = 3;
  ScanOptions options = newest_first();
  options.go_on = [&] { return --questions > 0; };
  auto scan = EventScan::open(logs->disk, "/logs", {}, options);
  REQUIRE(scan.ok());
  std::string_view event;
  CHECK(scan->next(event).status().code() == Code::kUnavailable);
  CHECK(scan->next(event).status().code() == Code::kUnavailable);
}

TEST_CASE("events are ordered by the microsecond, or exactly, and by id") {
  const EventOrder times(EventOrder::By::kTime, false);
  const EventOrder ends(EventOrder::By::kEnd, false);
  auto event = [](double end, std::uint64_t id) {
    std::string bytes;
    pack_map_header(bytes, 2);
    pack_text(bytes, "end");
    pack_double(bytes, end);
    pack_text(bytes, "id");
    pack_uint(bytes, id);
    return bytes;
  };
  auto before = [](const EventOrder& order, const std::string& a, const std::string& b) {
    return order.rank(EventSlices::of(a), 0, 0) < order.rank(EventSlices::of(b), 0, 0);
  };
  const std::string low = event(1.5e9, 2);
  const std::string high = event(std::nextafter(1.5e9, 2e9), 1);
  CHECK(before(ends, low, high));
  CHECK(before(times, high, low));
  CHECK(before(ends, event(-1, 1), event(-0.5, 1)));
  CHECK(before(ends, event(1, 1), event(1e300, 1)));
  CHECK(before(times, event(1e300, 1), event(1, 1)));  // in no calendar
  CHECK(before(ends, event(std::nan(""), 1), event(-1e300, 1)));
  CHECK(before(EventOrder(EventOrder::By::kEnd, true), event(1, 1), event(0, 1)));
}

}  // namespace ox
