#pragma once
// Which blocks of a file a scan must read, by what the index says of them. Threading: one thread.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/store/event_matcher.h"
#include "common/store/log_index.h"

namespace ox {

class BlockSelector {
 public:
  // The matcher must outlive it.
  explicit BlockSelector(const EventMatcher& matcher);

  // False: no event of the block is wanted.
  bool may_hold(LogIndex& index, const IndexBlock& block) const;

  // Whether it is known without reading how many events of the block are wanted, and where they
  // count: then the entries of the index for which counts() is true are those.
  bool is_counted(const LogIndex& index, const IndexBlock& block) const;
  bool counts(const SlotCount& count) const;

 private:
  bool type_may_fit(const LogIndex& index, const IndexBlock& block) const;
  bool all_types_fit(const LogIndex& index, const IndexBlock& block) const;

  const EventMatcher& matcher_;
  const EventConditions& conditions_;
  // Of each of these, all tokens of at least one must be there.
  using Tokens = std::vector<std::uint64_t>;
  std::vector<std::vector<Tokens>> probes_;
};

}  // namespace ox
