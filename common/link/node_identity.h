#pragma once
#include <string>

#include "common/base/uuid.h"

namespace ox {

// Who a process is on the link: what HELLO and WELCOME carry.
struct NodeIdentity {
  Uuid node_id;           // stays the same over restarts where a state directory keeps it
  Uuid boot_id;           // new at every start
  std::string node_name;  // for people
  std::string host;
};

}  // namespace ox
