// The loops that every event goes through, one at a time, so that what each costs can be counted in
// instructions (tests/bench/instructions.py). A loop does the same for every event, and what is needed
// before it does not depend on how many there are. Each runs once to warm up, with N events, and with 2 N:
// a line says how many it did, in whole batches where there are batches. Around these runs it calls
// ox_bench_mark(), where a profiler may look (valgrind --tool=callgrind --dump-before=ox_bench_mark).
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include "common/base/cli11.h"
#include "common/base/metrics.h"
#include "common/base/options.h"
#include "common/query/event_filter.h"
#include "common/store/event_matcher.h"
#include "common/store/log_files.h"
#include "proto/batch.h"
#include "proto/meta.h"
#include "tests/bench/workload.h"

extern "C" __attribute__((noinline)) void ox_bench_mark() { __asm__ volatile(""); }

namespace ox {
namespace {

constexpr std::size_t kBatchBytes = 256 << 10;  // as the sealers have it
// In turn, so that an event is rarely of the type of the one before.
constexpr std::size_t kTypes = 10;

// Something of every event goes here, so that no compiler can leave a loop out.
volatile std::uint64_t g_sum = 0;

struct Loops {
  const Workload workload;
  const std::string directory;

  BatchPtr batch() const {
    BatchBuilder builder(kBatchBytes);
    for (std::uint64_t n = 0; !builder.full(); ++n) add(builder, n);
    return builder.seal({Uuid::random(), 1}, WallTime(1));
  }

  void add(BatchBuilder& builder, std::uint64_t n) const {
    const Workload::Event& event = workload.event(n);
    builder.add(workload.types()[event.type], Workload::kHost, event.end, event.bytes);
  }

  // Each returns how many events it did: `events`, or whole batches of them; 0 when something failed.

  std::uint64_t decode_meta_frames(std::uint64_t events) const {
    std::vector<std::string> frames;
    for (const std::string& type : workload.types())
      frames.push_back(encode_meta({1.0, Workload::kHost, type}));
    std::uint64_t sum = 0;
    for (std::uint64_t n = 0; n < events; ++n) {
      Meta meta;
      if (decode_meta(frames[n % kTypes], meta) != MetaError::kNone) return 0;
      sum += meta.type.size() + meta.host.size();
    }
    g_sum = sum;
    return events;
  }

  // With the sealing, which computes the CRC.
  std::uint64_t append(std::uint64_t events) const {
    BatchBuilder builder(kBatchBytes);
    std::uint64_t done = 0;
    for (std::uint64_t n = 0; done < events; ++n) {
      add(builder, n);
      if (builder.full()) done += builder.seal({Uuid(), n + 1}, WallTime(1))->event_count();
    }
    return done;
  }

  // What a receiver does with a batch: all of it is checked.
  std::uint64_t open(std::uint64_t events) const {
    const BatchPtr sealed = batch();
    std::uint64_t done = 0;
    while (done < events) {
      BatchError error = BatchError::kNone;
      const BatchPtr opened = Batch::open(sealed, sealed->bytes(), error);
      if (!opened) return 0;
      done += opened->event_count();
    }
    return done;
  }

  std::uint64_t walk(std::uint64_t events) const {
    const BatchPtr sealed = batch();
    std::uint64_t done = 0;
    std::uint64_t sum = 0;
    while (done < events) {
      BatchCursor cursor(*sealed);
      BatchEvent event;
      for (; cursor.next(event); ++done) sum += event.body.size() + event.pair;
    }
    g_sum = sum;
    return done;
  }

  // As the writer does: grouped by file, written once for each batch.
  std::uint64_t write(std::uint64_t events) const {
    Metrics metrics;
    LogFilesOptions options;
    options.directory = directory;
    auto files = LogFiles::open(FileSystem::real(), options, metrics, Clock::system());
    if (!files.ok() || !(*files)->restore("", true).ok()) return 0;
    const BatchPtr sealed = batch();
    std::uint64_t done = 0;
    while (done < events) {
      std::vector<LogFiles::TypeEntry*> types(sealed->pairs().size());
      BatchCursor cursor(*sealed);
      BatchEvent event;
      for (; cursor.next(event); ++done) {
        LogFiles::TypeEntry*& type = types[event.pair];
        if (type == nullptr) {
          auto found = (*files)->find_type(sealed->pairs()[event.pair].type);
          if (!found.ok()) return 0;
          type = *found;
        }
        LogFiles::Placement place;
        if (!(*files)->add_next(*type, event.body, Seconds(1'500'000'000), place) &&
            !(*files)->add(*type, event.body, Seconds(1'500'000'000)).ok())
          return 0;
      }
      if ((*files)->needs_listing()) {
        (*files)->listing();
        (*files)->listed();
      }
      if (!(*files)->flush().ok()) return 0;
    }
    return done;
  }

  // A file's events, of which those of some types are wanted.
  std::uint64_t filter_type(std::uint64_t events) const {
    EventConditions conditions;
    conditions.types = {*TypePattern::parse("bench3"), *TypePattern::parse("other*")};
    LogFile file;
    file.mixed = true;
    const EventMatcher matcher(conditions, file, false, FileCutoffs());
    std::string bytes;
    for (std::uint64_t n = 0; bytes.size() < kBatchBytes; ++n) bytes += workload.event(n).bytes;
    std::vector<EventMatcher::Match> matches;
    std::uint64_t done = 0;
    while (done < events) {
      matches.clear();
      if (matcher.find(bytes, 0, matches, done) != bytes.size() || matches.empty()) return 0;
    }
    return done;
  }

  std::uint64_t filter_expression(std::uint64_t events) const {
    auto filter = EventFilter::compile("body->>'status' >= 500 AND body->>'method' = 'POST'", {});
    if (!filter.ok()) return 0;
    std::uint64_t found = 0;
    for (std::uint64_t n = 0; n < events; ++n) {
      auto matches = filter->matches(workload.event(n).bytes);
      if (!matches.ok()) return 0;
      if (*matches) ++found;
    }
    g_sum = found;
    return events;
  }
};

const std::map<std::string, std::uint64_t (Loops::*)(std::uint64_t) const> kLoops = {
    {"decode meta", &Loops::decode_meta_frames},
    {"append to a batch", &Loops::append},
    {"open a batch", &Loops::open},
    {"walk a batch", &Loops::walk},
    {"write grouped", &Loops::write},
    {"filter by type", &Loops::filter_type},
    {"filter by expression", &Loops::filter_expression},
};

// What instruction counts depend on besides our code.
void print_toolchain() {
#ifdef __clang__
  const char* compiler = "clang " __clang_version__;
#else
  const char* compiler = "gcc " __VERSION__;
#endif
  fmt::print("{{\"compiler\": \"{}\", \"flags\": \"{}\", \"libc\": \"{}\", \"machine\": \"{}\"}}\n",
             compiler, OX_BENCH_FLAGS, ::gnu_get_libc_version(), OX_BENCH_MACHINE);
}

int run_loops(int argc, char** argv) {
  std::vector<std::string> names;
  std::string directory;
  std::uint64_t events = 100'000;
  bool list = false;
  bool toolchain = false;
  CommandLine line("bench_loops", "Runs the loops that events go through.");
  line.app().add_option("loop", names, "Which; otherwise all");
  line.app().add_option("--events", events, "How many")->check(CLI::PositiveNumber);
  line.app().add_option("--directory", directory, "For \"write grouped\": where its files go");
  line.app().add_flag("--list", list, "The loops, and nothing else");
  line.app().add_flag("--toolchain", toolchain, "What it is compiled with, as JSON");
  if (auto code = line.parse(argc, argv)) return *code;
  if (toolchain) {
    print_toolchain();
    return kExitOk;
  }
  if (names.empty())
    for (const auto& [each, run] : kLoops) names.push_back(each);
  if (list) {
    for (const std::string& name : names) fmt::print("{}\n", name);
    return kExitOk;
  }
  WorkloadOptions options;
  options.types = kTypes;
  auto workload = Workload::make(options);
  if (!workload.ok()) return kExitFailed;
  const Loops loops{std::move(*workload), directory};
  for (const std::string& name : names) {
    const auto found = kLoops.find(name);
    if (found == kLoops.end() || (found->second == &Loops::write && directory.empty())) {
      line.complain(found == kLoops.end() ? fmt::format("\"{}\" is no loop (--list)", name)
                                          : "--directory is missing");
      return kExitUsage;
    }
    const auto run = [&](std::uint64_t count) { return (loops.*found->second)(count); };
    const std::uint64_t first = run(1);
    ox_bench_mark();
    const std::uint64_t few = run(events);
    ox_bench_mark();
    const std::uint64_t many = run(2 * events);
    ox_bench_mark();
    if (first == 0 || few == 0 || many == 0) {
      line.complain(fmt::format("{} failed", name));
      return kExitFailed;
    }
    fmt::print("{}\t{}\t{}\n", name, few, many);
  }
  return kExitOk;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::run_loops(argc, argv); }
