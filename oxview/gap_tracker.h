#pragma once
// Notices which events of a tail stream are missing, by their sequence numbers (proto/tail.h).
// A number is known to be missing only between two events of its type that were seen, or after a
// restart of the node, from where the numbers of every type begin at 1: what came before the first
// event is not missed.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/uuid.h"

namespace ox {

// Threading: one thread.
// Bounds:    keeps the numbers of up to 100,000 types; gaps of others are not noticed.
class GapTracker {
 public:
  void observe(const Uuid& boot_id, std::string_view type, std::uint64_t sequence);

  // What was noticed since the last call, as lines for people; mostly none. Types are escaped.
  std::vector<std::string> take_report();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  std::optional<Uuid> boot_id_;
  bool from_the_start_ = false;  // of this boot: the node restarted while we were watching
  bool restart_to_report_ = false;
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> last_;  // of this boot
  std::map<std::string, std::uint64_t, std::less<>> missed_;  // since the last report
};

}  // namespace ox
