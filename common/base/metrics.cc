#include "common/base/metrics.h"

namespace ox {

Counter& Metrics::counter(std::string_view name) {
  std::lock_guard lock(mu_);
  auto it = counters_.find(name);
  if (it == counters_.end())
    it = counters_.emplace(std::string(name), std::make_unique<Counter>()).first;
  return *it->second;
}

void Metrics::gauge(std::string_view name, std::function<double()> read) {
  std::lock_guard lock(mu_);
  gauges_[std::string(name)] = std::move(read);
}

void Metrics::remove_gauge(std::string_view name) {
  std::lock_guard lock(mu_);
  auto it = gauges_.find(name);
  if (it != gauges_.end()) gauges_.erase(it);
}

void Metrics::visit_counters(
    const std::function<void(const std::string&, std::uint64_t)>& f) const {
  std::lock_guard lock(mu_);
  for (const auto& [name, counter] : counters_) f(name, counter->value());
}

void Metrics::visit_gauges(const std::function<void(const std::string&, double)>& f) const {
  std::lock_guard lock(mu_);
  for (const auto& [name, read] : gauges_) f(name, read());
}

}  // namespace ox
