#pragma once
// Which targets of a node may be optional ("HOST,optional").
#include <vector>

#include "common/base/status.h"
#include "common/link/target.h"
#include "oxd/forward_mode.h"

namespace ox {

// Only copies can be missed. Error: kInvalid, naming the target.
Status check_optional(const std::vector<Target>& targets, ForwardMode mode);
// As above; and something must be there that keeps every event: a target, or the node's own files.
Status check_targets(const std::vector<Target>& targets, ForwardMode mode, bool writes_files);

}  // namespace ox
