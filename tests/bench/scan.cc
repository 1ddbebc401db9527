// What reading log files costs, in CPU time of one thread: plain, by index, by word and compressed,
// each beside the plain reader of the same run. Makes a day of events of one type below a
// directory, and prints a line for each figure.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/exit_codes.h"
#include "common/base/options.h"
#include "common/ingest/model/pack.h"
#include "common/store/cutoffs.h"
#include "common/store/event_counts.h"
#include "common/store/log_compressor.h"
#include "common/store/log_index.h"
#include "common/store/log_indexer.h"
#include "common/store/log_reader.h"

namespace {

using namespace ox;

constexpr double kDayBegins = 1'760'054'400;  // 2025-10-10
constexpr double kDaySeconds = 86'400;
constexpr const char* kBenchLog = "20251010/web-20251010.log";
constexpr int kRounds = 5;

struct ScanBenchOptions {
  std::string directory;
  std::uint64_t events = 1'000'000;
  std::size_t size = 200;
};

[[noreturn]] void fail(const Status& status) {
  fmt::print(stderr, "bench_scan: {}\n", status.message());
  std::exit(kExitFailed);
}

void require(const Status& status) {
  if (!status.ok()) fail(status);
}

std::string event_id(std::uint64_t n) {
  const std::uint64_t mixed = (n + 1) * 0x9e3779b97f4a7c15U;
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", mixed >> 32, (mixed >> 16) & 0xffff,
                     n & 0xfff, mixed & 0xfff, mixed & 0xffffffffffff);
}

std::string bench_event(std::uint64_t n, const ScanBenchOptions& options) {
  std::string out;
  pack_map_header(out, 7);
  pack_text(out, "id");
  pack_text(out, event_id(n));
  pack_text(out, "type");
  pack_text(out, "web");
  pack_text(out, "host");
  pack_text(out, fmt::format("web-{}", n % 20));
  pack_text(out, "pid");
  pack_uint(out, 1000 + n % 50);
  const double end =
      kDayBegins + kDaySeconds * static_cast<double>(n) / static_cast<double>(options.events);
  pack_text(out, "start");
  pack_double(out, end - 0.02);
  pack_text(out, "end");
  pack_double(out, end);
  pack_text(out, "body");
  pack_map_header(out, 4);
  pack_text(out, "level");
  pack_uint(out, n % 100 == 0 ? 40 : 20);
  pack_text(out, "status");
  pack_uint(out, n % 50 == 0 ? 500 : 200);
  pack_text(out, "user");
  pack_text(out, fmt::format("user{}", n * 7919 % 10'007));
  pack_text(out, "message");
  std::string message = fmt::format("GET /item/{} took {} us", n * 31 % 100'000, n % 1713);
  while (out.size() + message.size() + 3 < options.size) message += " and so on";
  pack_text(out,
            message.substr(0, std::max<std::size_t>(options.size, out.size() + 25) - out.size()));
  return out;
}

// Bytes written.
std::uint64_t make_log(FileSystem& fs, const ScanBenchOptions& options, const std::string& path) {
  require(fs.make_directories(directory_of(path)));
  auto file = fs.open(path, FileSystem::Open::kOpenOrCreate);
  if (!file.ok()) fail(file.status());
  require((*file)->truncate(0));
  std::uint64_t written = 0;
  std::string piece;
  for (std::uint64_t n = 0; n < options.events; ++n) {
    piece += bench_event(n, options);
    if (piece.size() < (1 << 20) && n + 1 < options.events) continue;
    require(write_all(**file, piece, written));
    written += piece.size();
    piece.clear();
  }
  return written;
}

// Of CPU: on a machine that does other things too, the figure that means something.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The median of some rounds, the first being for warmth.
double seconds_of(const std::function<void()>& run) {
  std::vector<double> taken;
  for (int round = 0; round <= kRounds; ++round) {
    const double start = cpu_seconds();
    run();
    if (round > 0) taken.push_back(cpu_seconds() - start);
  }
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

std::uint64_t scan(FileSystem& fs, const std::string& directory, const EventConditions& conditions,
                   ScanOptions options = {}, std::uint64_t limit = UINT64_MAX) {
  auto opened = EventScan::open(fs, directory, conditions, std::move(options));
  if (!opened.ok()) fail(opened.status());
  std::uint64_t found = 0;
  std::string_view event;
  while (found < limit) {
    auto more = opened->next(event);
    if (!more.ok()) fail(more.status());
    if (!*more) break;
    ++found;
  }
  for (const Status& problem : opened->problems()) fail(problem);
  return found;
}

class ScanBench {
 public:
  explicit ScanBench(const ScanBenchOptions& options)
      : options_(options), path_(join_path(options.directory, kBenchLog)) {}

  void run() {
    bytes_ = make_log(fs_, options_, path_);
    fmt::print("{} events, {:.0f} MB\n", options_.events, static_cast<double>(bytes_) / 1e6);
    log_.path = path_;
    log_.type = "web";
    read_plain("");
    indexed();
    words();
    compressed();
  }

 private:
  void tell(const char* what, double seconds, const std::string& more = "") {
    fmt::print("{:<44} {:9.3f} ms  {:6.2f} GB/s  {}\n", what, seconds * 1e3,
               static_cast<double>(bytes_) / seconds / 1e9, more);
  }

  EventConditions range(double from, double to) const {
    EventConditions conditions;
    conditions.types.push_back(*TypePattern::parse("web"));
    conditions.since = kDayBegins + kDaySeconds * from;
    conditions.until = kDayBegins + kDaySeconds * to;
    return conditions;
  }

  void expect(std::uint64_t found, std::uint64_t expected) {
    if (found != expected)
      fail(Status(Code::kCorrupt, fmt::format("{} events instead of {}", found, expected)));
  }

  void read_plain(const std::string& prefix) {
    const double reader = seconds_of([&] {
      auto opened = LogReader::open(fs_, log_);
      if (!opened.ok()) fail(opened.status());
      std::uint64_t found = 0;
      std::string_view event;
      while (*opened->next(event)) ++found;
      expect(found, options_.events);
    });
    tell((prefix + "plain reader").c_str(), reader);
    const double all =
        seconds_of([&] { expect(scan(fs_, options_.directory, {}), options_.events); });
    tell((prefix + "scan of all events").c_str(), all);
    const double some = seconds_of([&] {
      EventConditions conditions = range(0, 1);
      conditions.min_level = 40;
      scan(fs_, options_.directory, conditions);
    });
    tell((prefix + "scan by type, time and level").c_str(), some);
    const double text = seconds_of([&] {
      EventConditions conditions;
      conditions.needles = {"user7919"};
      scan(fs_, options_.directory, conditions);
    });
    tell((prefix + "scan for a text").c_str(), text);
    const double count = seconds_of([&] {
      auto counts = count_events(fs_, options_.directory, range(0.2001, 0.8003));
      if (!counts.ok()) fail(counts.status());
      read_by_count_ = counts->progress.bytes_read;
    });
    tell((prefix + "count of a type over a time range").c_str(), count,
         fmt::format("{:.1f} MB read", static_cast<double>(read_by_count_) / 1e6));
  }

  void indexed() {
    IndexedLog made;
    const double build = seconds_of([&] {
      auto indexed = index_log(fs_, log_, {}, true);
      if (!indexed.ok()) fail(indexed.status());
      made = *indexed;
    });
    tell("an index is made", build,
         fmt::format("{:.1f} % of the log",
                     100.0 * static_cast<double>(made.index_bytes) / static_cast<double>(bytes_)));
    read_plain("indexed: ");
    ScanOptions reverse;
    reverse.order = ScanOptions::Order::kReverse;
    ScanOptions by_time;
    by_time.order = ScanOptions::Order::kNewestFirst;
    for (const auto& [what, order] : {std::pair("indexed: the newest 100", reverse),
                                      std::pair("indexed: the newest 100 by time", by_time)}) {
      tell(what, seconds_of([&, newest = order] {
             expect(scan(fs_, options_.directory, {}, newest, 100),
                    std::min<std::uint64_t>(100, options_.events));
           }));
    }
    tell("indexed: all, newest first by time",
         seconds_of([&] { expect(scan(fs_, options_.directory, {}, by_time), options_.events); }));
  }

  void words() {
    struct Search {
      const char* what;
      std::string word;
    };
    for (const Search& search : {Search{"indexed: a word that is nowhere", "nowhere"},
                                 Search{"indexed: an id", event_id(options_.events / 2)}}) {
      EventConditions conditions;
      conditions.words = {search.word};
      ScanProgress progress;
      const double taken = seconds_of([&] {
        auto opened = EventScan::open(fs_, options_.directory, conditions);
        if (!opened.ok()) fail(opened.status());
        std::string_view event;
        while (*opened->next(event)) {
        }
        progress = opened->progress();
      });
      tell(search.what, taken,
           fmt::format("{} of {} blocks read", progress.blocks_read,
                       progress.blocks_read + progress.blocks_skipped));
    }
  }

  void compressed() {
    const double start = cpu_seconds();
    auto made = compress_log(fs_, path_, Cutoffs(), {});
    if (!made.ok()) fail(made.status());
    require(install_compressed(fs_, *made));
    tell("compressed, and read back", cpu_seconds() - start,
         fmt::format("to {:.1f} %", 100.0 * static_cast<double>(made->compressed_bytes) /
                                        static_cast<double>(bytes_)));
    log_.path += ".zst";
    log_.compression = Compression::kZstd;
    read_plain("zst, indexed: ");
    require(remove_index(fs_, log_));
    read_plain("zst: ");
    require(fs_.remove(log_.path));
  }

  FileSystem& fs_ = FileSystem::real();
  const ScanBenchOptions options_;
  const std::string path_;
  std::uint64_t bytes_ = 0;
  std::uint64_t read_by_count_ = 0;
  LogFile log_;
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine line("bench_scan", "Measures how fast log files are read");
  ScanBenchOptions options;
  line.app().add_option("DIR", options.directory, "Where the log files are made")->required();
  line.app()
      .add_option("--events", options.events, "How many")
      ->check(CLI::Range(1, 1'000'000'000));
  line.app().add_option("--size", options.size, "Bytes of an event, at least");
  if (auto code = line.parse(argc, argv)) return *code;
  ScanBench(options).run();
  return kExitOk;
}
