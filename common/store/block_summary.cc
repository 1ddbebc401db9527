#include "common/store/block_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/store/token_filter.h"

namespace ox {

static constexpr std::size_t kMostCounts = 256;  // of a block
static constexpr std::size_t kMostTypes = 0x8000;
static constexpr std::size_t kLongestType = 0xffff;

void BlockSummary::start() {
  block_ = IndexBlock();
  block_.min_end = std::numeric_limits<double>::infinity();
  block_.max_end = -std::numeric_limits<double>::infinity();
  block_.max_level = -std::numeric_limits<double>::infinity();
  tokens_.clear();
  counts_.clear();
  last_count_ = 0;
  too_many_counts_ = types_differ_ = has_type_ = false;
}

void BlockSummary::add_type(const RawValue& value) {
  if (types_differ_) return;
  auto text = value.as_text();
  if (block_.events == 0) {
    has_type_ = text.has_value();
    type_ = text.value_or(std::string_view());
  } else {
    types_differ_ = has_type_ != text.has_value() || (text && *text != type_);
  }
}

void BlockSummary::add(std::string_view event, const EventSlices& slices) {
  add_type(slices.type);
  ++block_.events;
  tokens_.add_event(event);
  if (auto end = slices.end.as_number(); end && !std::isnan(*end)) {
    block_.min_end = std::min(block_.min_end, *end);
    block_.max_end = std::max(block_.max_end, *end);
  }
  block_.max_level = std::max(block_.max_level, level_of(slices).value_or(0));
  const CountSlot slot = CountSlot::of(slices);
  if (last_count_ >= counts_.size() || counts_[last_count_].slot != slot) {
    auto found = std::find_if(counts_.begin(), counts_.end(),
                              [&](const SlotCount& count) { return count.slot == slot; });
    if (found == counts_.end()) {
      if (too_many_counts_ || counts_.size() == kMostCounts) {
        too_many_counts_ = true;
        return;
      }
      found = counts_.insert(found, SlotCount{slot, 0});
    }
    last_count_ = static_cast<std::size_t>(found - counts_.begin());
  }
  ++counts_[last_count_].events;
}

std::string BlockSummary::filter(std::size_t max_bytes) const {
  return make_token_filter(tokens_, max_bytes);
}

IndexBlock& BlockSummary::finish(IndexDescription& description) {
  block_.type = IndexBlock::kTypesDiffer;
  if (!types_differ_ && !has_type_) block_.type = IndexBlock::kNoType;
  if (!types_differ_ && has_type_ && type_.size() <= kLongestType) {
    auto& types = description.types;
    auto known = std::find(types.begin(), types.end(), type_);
    if (known == types.end() && types.size() < kMostTypes) known = types.insert(known, type_);
    if (known != types.end()) block_.type = static_cast<std::uint16_t>(known - types.begin());
  }
  block_.counted = !too_many_counts_;
  block_.first_count = static_cast<std::uint32_t>(description.counts.size());
  block_.counts = 0;
  if (block_.counted) {
    block_.counts = static_cast<std::uint32_t>(counts_.size());
    description.counts.insert(description.counts.end(), counts_.begin(), counts_.end());
  }
  description.blocks.push_back(block_);
  return description.blocks.back();
}

}  // namespace ox
