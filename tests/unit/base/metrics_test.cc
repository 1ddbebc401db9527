#include "common/base/metrics.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("a counter is the same one under its name, and loses no addition") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&metrics] {
      Counter& counter = metrics.counter("collect.rejected.version");
      for (int k = 0; k < 10'000; ++k) counter.add();
    });
  for (std::thread& thread : threads) thread.join();
  metrics.counter("collect.events").add(5);

  std::map<std::string, std::uint64_t> seen;
  metrics.visit_counters(
      [&seen](const std::string& name, std::uint64_t value) { seen[name] = value; });
  CHECK(seen == std::map<std::string, std::uint64_t>{{"collect.events", 5},
                                                     {"collect.rejected.version", 40'000}});
}

TEST_CASE("a gauge is read when visited, and gone when removed") {
  Metrics metrics;
  double depth = 1;
  metrics.gauge("spool.bytes", [&depth] { return depth; });
  depth = 7;
  std::map<std::string, double> seen;
  auto collect = [&seen](const std::string& name, double value) { seen[name] = value; };
  metrics.visit_gauges(collect);
  CHECK(seen == std::map<std::string, double>{{"spool.bytes", 7.0}});
  metrics.remove_gauge("spool.bytes");
  metrics.remove_gauge("no.such");
  seen.clear();
  metrics.visit_gauges(collect);
  CHECK(seen.empty());
}

}  // namespace ox
