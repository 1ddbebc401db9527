// How fast expressions are evaluated, on one core, over events in memory; and, with a directory, how fast
// files are searched.
//
// usage: bench_query [--events N] [--size BYTES] [--log-path DIR]
#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/base/file_system.h"
#include "common/ingest/model/pack.h"
#include "common/query/event_filter.h"
#include "common/query/event_query.h"
#include "common/store/event_scan.h"
#include "proto/event_slices.h"

namespace ox {
namespace {

// Of this thread's CPU: others may be busy on the machine.
double bench_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Concatenated, and where each lies.
struct BenchEvents {
  std::string bytes;
  std::vector<std::string_view> events;
};

BenchEvents make_bench_events(std::size_t count, std::size_t size) {
  BenchEvents made;
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = made.bytes.size();
    std::string& out = made.bytes;
    pack_map_header(out, 7);
    pack_text(out, "id");
    pack_text(out, fmt::format("{:08x}{:024x}", 1'500'000'000 + i / 1000, i * 2'654'435'761));
    pack_text(out, "type");
    pack_text(out, "request");
    pack_text(out, "host");
    pack_text(out, fmt::format("web-{}", i % 20));
    pack_text(out, "pid");
    pack_uint(out, 1000 + i % 50);
    pack_text(out, "start");
    pack_double(out, 1.5e9 + static_cast<double>(i) / 1000);
    pack_text(out, "end");
    pack_double(out, 1.5e9 + static_cast<double>(i) / 1000 + 0.01);
    pack_text(out, "body");
    pack_map_header(out, 5);
    pack_text(out, "method");
    pack_text(out, i % 3 == 0 ? "POST" : "GET");
    pack_text(out, "status");
    pack_uint(out, i % 100 == 0 ? 500 : 200);
    pack_text(out, "user");
    pack_text(out, i % 1000 == 0 ? "bob" : fmt::format("user{}", i % 977));
    pack_text(out, "level");
    pack_uint(out, i % 100 == 0 ? 40 : 20);
    pack_text(out, "uri");
    const std::size_t so_far = out.size() - begin;
    pack_text(out, "/" + std::string(size > so_far + 4 ? size - so_far - 4 : 8, 'p'));
    ends.push_back(out.size());
  }
  std::size_t begin = 0;
  for (std::size_t end : ends) {
    made.events.push_back(std::string_view(made.bytes).substr(begin, end - begin));
    begin = end;
  }
  return made;
}

// The median of three runs after one to warm up.
template <typename Run>
void measure(std::string_view name, const BenchEvents& made, const Run& run) {
  std::vector<double> seconds;
  std::size_t found = 0;
  for (int i = 0; i < 4; ++i) {
    const double begin = bench_cpu_seconds();
    found = run();
    if (i > 0) seconds.push_back(bench_cpu_seconds() - begin);
  }
  std::sort(seconds.begin(), seconds.end());
  const auto count = static_cast<double>(made.events.size());
  fmt::print("{:<52} {:>8.2f} M ev/s {:>7.2f} GB/s {:>7.0f} ns/ev {:>9} found\n", name,
             count / seconds[1] / 1e6, static_cast<double>(made.bytes.size()) / seconds[1] / 1e9,
             seconds[1] / count * 1e9, found);
}

bool bench_expressions(const BenchEvents& made) {
  measure("walk over the keys (baseline)", made, [&] {
    std::size_t found = 0;
    for (std::string_view event : made.events)
      if (EventSlices::of(event).body.is_map()) ++found;
    return found;
  });
  for (const char* expression :
       {"1", "level >= 40", "body->>'status' = 500", "body->'status' = 500",
        "body->>'user' = 'bob'", "body->>'status' >= 500 AND body->>'method' = 'POST'",
        "body->>'user' LIKE 'bob%'", "lower(body->>'user') = 'bob'",
        "type = 'request' AND pid = 1001", "ts >= '2017-07-14 02:40:01'",
        "end >= '2017-07-14' AND body->'level' > 30", "body->>'uri' REGEXP '^/q'", "duration > 1",
        "body->>('us' || 'er') = 'bob'"}) {
    auto filter = EventFilter::compile(expression, QueryLimits());
    if (!filter.ok()) {
      fmt::print(stderr, "bench_query: {}: {}\n", expression, filter.status().message());
      return false;
    }
    measure(expression, made, [&] {
      std::size_t found = 0;
      for (std::string_view event : made.events)
        if (filter->matches(event).value()) ++found;
      return found;
    });
  }
  return true;
}

bool bench_directory(const std::string& directory) {
  for (const char* select :
       {"SELECT count(*) FROM events", "SELECT count(*) FROM events WHERE body->>'user' = 'bob'",
        "SELECT type, count(*) FROM events GROUP BY type"}) {
    const double begin = bench_cpu_seconds();
    QueryScope scope;
    scope.directory = directory;
    auto query = EventQuery::prepare(FileSystem::real(), scope, select, QueryLimits());
    std::size_t rows = 0;
    Status status = query.status();
    while (query.ok()) {
      auto row = query->next();
      status = row.status();
      if (!row.ok() || !*row) break;
      ++rows;
    }
    if (!status.ok()) {
      fmt::print(stderr, "bench_query: {}: {}\n", select, status.message());
      return false;
    }
    const double seconds = bench_cpu_seconds() - begin;
    const ScanProgress read = query->progress();
    const auto bytes = static_cast<double>(read.bytes_read + read.bytes_skipped);
    fmt::print("{:<52} {:>8.3f} s {:>7.2f} GB/s, {} rows, {} events found\n", select, seconds,
               bytes / seconds / 1e9, rows, read.events_found);
  }
  return true;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) {
  std::size_t events = 1'000'000;
  std::size_t size = 200;
  std::string directory;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--events") events = std::stoul(argv[i + 1]);
    if (option == "--size") size = std::stoul(argv[i + 1]);
    if (option == "--log-path") directory = argv[i + 1];
  }
  if (!ox::bench_expressions(ox::make_bench_events(events, size))) return 1;
  return directory.empty() || ox::bench_directory(directory) ? 0 : 1;
}
