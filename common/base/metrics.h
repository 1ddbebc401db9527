#pragma once
// Named counters that STATUS, oxctl and the metrics port show. Every known loss increments one.
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace ox {

// Only grows. Thread-safe; on a cache line of its own.
class alignas(64) Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The registry. Names are dotted, from the general to the special: "collect.rejected.version".
// Thread-safe. Counters live as long as the registry: look them up once and keep the reference.
class Metrics {
 public:
  Counter& counter(std::string_view name);
  // `read` is called by visit() on the caller's thread; it must stay callable until remove_gauge().
  void gauge(std::string_view name, std::function<double()> read);
  void remove_gauge(std::string_view name);

  void visit_counters(const std::function<void(const std::string&, std::uint64_t)>& f) const;
  void visit_gauges(const std::function<void(const std::string&, double)>& f) const;

 private:
  mutable std::mutex mu_;
  std::map<std::string, std::unique_ptr<Counter>, std::less<>> counters_;  // guarded by mu_
  std::map<std::string, std::function<double()>, std::less<>> gauges_;     // guarded by mu_
};

}  // namespace ox
