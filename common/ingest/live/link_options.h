#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/quantity.h"
#include "common/link/target.h"
#include "proto/sealer.h"

namespace ox {

// How events go over the link, and to whom.
struct LinkFeedOptions {
  // At least one, in order of preference: links, or the one oxd of the old kind.
  std::vector<Target> hosts;
  std::uint64_t batch_bytes = kDefaultBatchBytes;
  Micros batch_delay = Millis(5);
  std::uint64_t spool_memory = 512 * kMiB;
  std::string node_name;             // this machine's name unless given
  std::string program = "oxingest";  // for people, at the other end
};

}  // namespace ox
