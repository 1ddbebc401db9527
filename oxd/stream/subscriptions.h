#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ox {

// What the peers of an XPUB socket subscribe to. Threading: one thread.
class Subscriptions {
 public:
  // A message that the socket delivered: 1 or 0, then the prefix. Others are ignored.
  void take(std::string_view message);

  // Subscriptions, each peer's own, in force.
  std::uint64_t count() const { return count_; }
  bool match(std::string_view type) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> peers_of_;  // by prefix
  std::uint64_t count_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace ox
