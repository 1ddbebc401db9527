#include "common/store/block_selector.h"

#include <algorithm>
#include <cstdlib>

#include "common/store/event_tokens.h"

namespace ox {

// A list of hosts or types longer than this is not looked for in filters.
static constexpr std::size_t kMostAlternatives = 16;
// Levels beyond are not told apart by indexes (count_slot.h).
static constexpr int kMostCountedLevel = 32000;

BlockSelector::BlockSelector(const EventMatcher& matcher)
    : matcher_(matcher), conditions_(matcher.conditions()) {
  for (const std::string& word : conditions_.words)
    if (Tokens tokens = tokens_of_text(word); !tokens.empty())
      probes_.push_back({std::move(tokens)});
  auto add_any = [this](std::vector<Tokens> alternatives) {
    const bool useful = !alternatives.empty() && alternatives.size() <= kMostAlternatives &&
                        std::none_of(alternatives.begin(), alternatives.end(),
                                     [](const Tokens& tokens) { return tokens.empty(); });
    if (useful) probes_.push_back(std::move(alternatives));
  };
  std::vector<Tokens> hosts;
  for (const std::string& host : conditions_.hosts) hosts.push_back(tokens_of_text(host));
  add_any(std::move(hosts));
  // Where the file's own type says nothing, a wanted event names one of these.
  if (!matcher_.checks_types() || !matcher_.file_type().empty()) return;
  std::vector<Tokens> types;
  for (const TypePattern& pattern : conditions_.types)
    types.push_back(pattern.exact() ? tokens_of_text(pattern.prefix()) : Tokens());
  add_any(std::move(types));
}

bool BlockSelector::type_may_fit(const LogIndex& index, const IndexBlock& block) const {
  if (!matcher_.checks_types() || block.type == IndexBlock::kTypesDiffer) return true;
  return all_types_fit(index, block);
}

bool BlockSelector::all_types_fit(const LogIndex& index, const IndexBlock& block) const {
  if (!matcher_.checks_types()) return true;
  if (block.type == IndexBlock::kTypesDiffer) return false;
  return conditions_.type_fits(block.type == IndexBlock::kNoType
                                   ? matcher_.file_type()
                                   : index.description().types[block.type]);
}

bool BlockSelector::may_hold(LogIndex& index, const IndexBlock& block) const {
  if (conditions_.since && block.max_end < *conditions_.since) return false;
  if (conditions_.until && (block.min_end > *conditions_.until ||
                            (conditions_.until_exclusive && block.min_end >= *conditions_.until)))
    return false;
  if (conditions_.min_level && block.max_level < *conditions_.min_level) return false;
  if (!type_may_fit(index, block)) return false;
  return std::all_of(probes_.begin(), probes_.end(), [&](const std::vector<Tokens>& any) {
    return std::any_of(any.begin(), any.end(), [&](const Tokens& tokens) {
      return std::all_of(tokens.begin(), tokens.end(),
                         [&](std::uint64_t token) { return index.may_hold(block, token); });
    });
  });
}

bool BlockSelector::is_counted(const LogIndex& index, const IndexBlock& block) const {
  if (!block.counted || !matcher_.cutoffs().empty()) return false;
  if (!conditions_.hosts.empty() || !conditions_.words.empty() || !conditions_.needles.empty())
    return false;
  if (conditions_.min_level && std::abs(*conditions_.min_level) >= kMostCountedLevel) return false;
  if (!all_types_fit(index, block)) return false;
  if (!conditions_.has_time()) return true;
  if (!conditions_.end_fits(block.min_end) || !conditions_.end_fits(block.max_end)) return false;
  const auto counts = index.description().counts_of(block);
  return std::none_of(counts.begin(), counts.end(),
                      [](const SlotCount& count) { return count.slot.slot == CountSlot::kNoTime; });
}

bool BlockSelector::counts(const SlotCount& count) const {
  const std::int32_t level = count.slot.level == CountSlot::kNoLevel ? 0 : count.slot.level;
  return !conditions_.min_level || level >= *conditions_.min_level;
}

}  // namespace ox
