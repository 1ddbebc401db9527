#pragma once
// Events and bytes a second of a node, from two STATUS replies.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "oxctl/node_status.h"

namespace ox {

struct Sample {
  MonoTime at{};  // when the reply arrived
  NodeStatus status;
};

// A second; nothing where it is not known.
struct TypeRate {
  Activity activity;
  std::optional<double> events;
  std::optional<double> bytes;
};

struct NodeRates {
  std::optional<double> events;
  std::optional<double> bytes;
  std::optional<double> drops;
  std::vector<TypeRate> types;  // the fastest first, then by count, then by name
};

// `before` may be nullptr: then no rate is known, but the types are listed. The same goes for a
// node that restarted between the two (its boot id changed), and for a type whose count went back.
NodeRates rates_between(const Sample* before, const Sample& now);

}  // namespace ox
