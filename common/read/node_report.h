#pragma once
// What a node's STATUS (proto/README.md, "STATUS") tells, for a page that shows the network.
// Nothing in a reply is relied on: a BlueOx oxd, which tells little, and a hostile peer are told of
// as well.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <msgpack.hpp>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

// Of one node as JSON, at most.
inline constexpr std::size_t kMostNodeReportBytes = 4u << 20;

// What rates are told from.
struct NodeSample {
  MonoTime at{};        // when the reply came
  std::string boot_id;  // "": the node does not count
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

struct NodeReport {
  std::string json;  // {"address", "status", "total", "rates"}
  NodeSample sample;
};

// `status` is a reply that came at `at`. Its types and hosts, which may be thousands, are counted and
// summed up. There are no rates without `before`, an earlier sample, and none when the node was
// started since, or its counts went back. Error: kTooLarge.
Result<NodeReport> report_node(std::string_view address, const msgpack::object& status, MonoTime at,
                               const std::optional<NodeSample>& before);

// {"address", "error"}
std::string report_silent_node(std::string_view address, std::string_view error);

}  // namespace ox
