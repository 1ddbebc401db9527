#include "oxd/stream/tail_numbering.h"

namespace ox {

void TailNumbering::number(const Batch& batch, TailNumbers* out) {
  // Pairs of the same type share its numbers. A batch has few pairs, mostly of different types.
  std::unordered_map<std::string_view, std::uint16_t> index_of;
  if (out != nullptr) *out = {};
  for (const PairSummary& pair : batch.pairs()) {
    auto last = last_of_.find(pair.type);
    if (last == last_of_.end() && last_of_.size() < max_types_)
      last = last_of_.emplace(std::string(pair.type), 0).first;
    if (out != nullptr) {
      auto [index, fresh] =
          index_of.emplace(pair.type, static_cast<std::uint16_t>(out->first.size()));
      if (fresh) out->first.push_back(last == last_of_.end() ? 0 : last->second + 1);
      out->type_of_pair.push_back(index->second);
    }
    if (last != last_of_.end()) last->second += pair.count;
  }
}

}  // namespace ox
