#include "oxview/gap_tracker.h"

#include <fmt/format.h>

#include "proto/utf8.h"

namespace ox {

static constexpr std::size_t kMaxTypes = 100'000;

void GapTracker::observe(const Uuid& boot_id, std::string_view type, std::uint64_t sequence) {
  if (boot_id_ != boot_id) {
    from_the_start_ = restart_to_report_ = boot_id_.has_value();
    boot_id_ = boot_id;
    last_.clear();
  }
  auto known = last_.find(type);
  if (known == last_.end()) {
    if (last_.size() >= kMaxTypes) return;
    known = last_.emplace(type, from_the_start_ || sequence == 0 ? 0 : sequence - 1).first;
  }
  std::uint64_t& last = known->second;
  if (sequence <= last) return;
  if (std::uint64_t missing = sequence - last - 1; missing > 0) {
    auto it = missed_.find(type);
    if (it == missed_.end()) it = missed_.emplace(type, 0).first;
    it->second += missing;
  }
  last = sequence;
}

std::vector<std::string> GapTracker::take_report() {
  std::vector<std::string> lines;
  if (restart_to_report_ && missed_.empty())
    lines.emplace_back("gap: the node restarted; events at the end of its last run may be missing");
  for (const auto& [type, missing] : missed_) {
    std::string name;
    append_text(name, type, Controls::kEscape);
    lines.push_back(fmt::format(
        "gap: {} {} of type '{}' {} missed{}", missing, missing == 1 ? "event" : "events", name,
        missing == 1 ? "was" : "were",
        restart_to_report_ ? "; the node restarted, and events at the end of its last run "
                             "may be missing as well"
                           : ""));
  }
  restart_to_report_ = false;
  missed_.clear();
  return lines;
}

}  // namespace ox
