#pragma once
// What an administrator says of the PBU API, in the log server's own variables and some of ours:
//
//   LOG_FOLDER           where the level files go; on a listener of its own it is ./_logs, otherwise
//                        there are none
//   ENABLED_LOG_LEVELS   "INFO,ERROR": the levels that are taken. Where there are files or this is
//                        set; otherwise all are
//   PBU_FILE_NAMING      seed (the default) or dated (pbu_level.h)
//   PBU_STORE_DISABLED   1: what is of another level becomes an event all the same
//
// A variable that is set to nothing counts as not set.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/api/pbu/pbu_level.h"

namespace ox {

struct PbuSettings {
  std::string log_folder;  // "": no level files
  PbuLayout layout = PbuLayout::kSeed;
  PbuLevelMap<bool> enabled;
  std::vector<PbuLevel> in_order;  // those that are enabled, as the list has them
  bool store_disabled = false;
  std::vector<std::string> warnings;  // one line each

  // own_listener: there is one of the profile "pbu". Error: kInvalid, naming the variable.
  static Result<PbuSettings> read(
      const std::function<std::optional<std::string>(const char*)>& variable, bool own_listener);
};

}  // namespace ox
