#pragma once
// What every API that reads has to work with.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/auth/auth_store.h"
#include "common/ingest/api/slow_lane.h"
#include "common/read/node_watch.h"
#include "common/read/scan_pool.h"
#include "common/read/tail_hub.h"
#include "proto/type_pattern.h"

namespace ox {

// The references outlive every handler. Constant while handlers run, which may be on several
// threads; what it refers to is thread-safe.
struct ReadContext {
  FileSystem& fs;
  std::string directory;  // with the log files
  AuthStore& auth;
  SlowLane& slow_lane;
  ScanPool& scans;
  Metrics& metrics;
  const Clock& clock;
  // By the API's word ("chronologer"): the types of its events, when not by default.
  std::map<std::string, std::vector<TypePattern>, std::less<>> types = {};
  // Of the listeners: "pbu", "".
  std::set<std::string, std::less<>> profiles = {};
  TailHub* tails = nullptr;    // nobody can wait for events without
  NodeWatch* nodes = nullptr;  // no node is asked without
  // A variable of the environment.
  std::function<std::optional<std::string>(const char*)> variable = {};
  // What a mount function found wrong with the configuration: nothing is served then.
  Status configuration = {};

  void refuse(const Status& status) {
    if (configuration.ok()) configuration = status;
  }
  // The value of a variable; "" when it is not set.
  std::string setting(const char* name) const { return variable(name).value_or(""); }
  // Those given, or the type that is the API's word.
  std::vector<TypePattern> types_of(std::string_view api) const;
};

}  // namespace ox
