#include "oxctl/rates.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace ox {
namespace {

std::string_view boot_id(const NodeStatus& status) {
  return status.node ? std::string_view(status.node->boot_id) : std::string_view();
}

std::optional<double> rate(const std::optional<std::uint64_t>& before,
                           const std::optional<std::uint64_t>& now, double seconds) {
  if (!before || !now || *now < *before) return std::nullopt;
  return static_cast<double>(*now - *before) / seconds;
}

void add_up(std::optional<double>& sum, const std::optional<double>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

}  // namespace

NodeRates rates_between(const Sample* before, const Sample& now) {
  const double seconds = before == nullptr ? 0 : to_seconds(now.at - before->at);
  const bool comparable =
      before != nullptr && seconds > 0 && boot_id(before->status) == boot_id(now.status);
  std::unordered_map<std::string_view, const Activity*> earlier;
  if (comparable) {
    for (const Activity& type : before->status.types) earlier.emplace(type.name, &type);
  }
  NodeRates rates;
  for (const Activity& type : now.status.types) {
    TypeRate one{type, std::nullopt, std::nullopt};
    if (comparable) {
      auto found = earlier.find(type.name);
      // A type that was not there had sent nothing yet.
      const Activity none{type.name, std::nullopt, 0, 0, 0};
      const Activity& then = found == earlier.end() ? none : *found->second;
      one.events = rate(then.count, type.count, seconds);
      one.bytes = rate(then.bytes, type.bytes, seconds);
    }
    add_up(rates.events, one.events);
    add_up(rates.bytes, one.bytes);
    rates.types.push_back(std::move(one));
  }
  if (comparable) {
    // A node that knows its events has a rate, be it zero; a BlueOx oxd counts nothing.
    if (now.status.types.empty() && now.status.node) rates.events = rates.bytes = 0;
    rates.drops =
        rate(before->status.total(Loss::kDropped), now.status.total(Loss::kDropped), seconds);
  }
  std::stable_sort(rates.types.begin(), rates.types.end(),
                   [](const TypeRate& a, const TypeRate& b) {
                     const double left = a.events.value_or(-1);
                     const double right = b.events.value_or(-1);
                     if (left != right) return left > right;
                     return a.activity.count.value_or(0) > b.activity.count.value_or(0);
                   });
  return rates;
}

}  // namespace ox
