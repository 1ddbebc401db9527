#pragma once
// Sums up the events of a block for its index. Threading: one thread.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/event_tokens.h"
#include "common/store/log_index.h"

namespace ox {

class BlockSummary {
 public:
  BlockSummary() { start(); }

  void add(std::string_view event, const EventSlices& slices);
  std::uint32_t events() const { return block_.events; }

  // Appends the block to the description (but for offset, length, CRC and filter, which the caller
  // knows), with its counts, and its type to the types when it is new. Returns it.
  IndexBlock& finish(IndexDescription& description);
  // Of the events so far; before finish().
  std::string filter(std::size_t max_bytes) const;
  // Forgets all events.
  void start();

 private:
  void add_type(const RawValue& type);

  IndexBlock block_;
  TokenSet tokens_;
  std::vector<SlotCount> counts_;
  std::size_t last_count_ = 0;
  bool too_many_counts_ = false;
  bool types_differ_ = false;
  bool has_type_ = false;
  std::string type_;
};

}  // namespace ox
