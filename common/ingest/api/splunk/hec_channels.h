#pragma once
// The acknowledgement ids of channels. An answer comes only when the events are safe, so that an id
// is acknowledged from the moment it is given: a channel is a number.
// Threading: thread-safe.
// Bounds:    the kMostHecChannels that were used last; of one that comes back the ids begin again.
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ox {

inline constexpr std::size_t kMostHecChannels = 10'000;

// A channel is named by a GUID: "FE0ECFAD-13D5-401B-847D-77833BD77131", in any case.
bool is_hec_channel(std::string_view text);

class HecChannels {
 public:
  explicit HecChannels(std::size_t most = kMostHecChannels) : most_(most) {}

  // The next id of the channel, from 0.
  std::uint64_t give(std::string_view channel);
  // Whether the channel was given this id.
  bool given(std::string_view channel, std::uint64_t id);

 private:
  using Used = std::list<std::pair<std::string, std::uint64_t>>;  // the last used first; next id

  const std::size_t most_;
  std::mutex mu_;
  Used used_;                                                      // guarded by mu_
  std::unordered_map<std::string_view, Used::iterator> channels_;  // into used_; the same
};

}  // namespace ox
