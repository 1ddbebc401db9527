#pragma once
// How long events are kept that came by an API with a setting for it, and when the collector is to
// be told which ones are over.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/model/type_template.h"
#include "proto/cutoff.h"

namespace ox {

// The events of one API that are older than so many days.
struct RetentionRule {
  std::string variable;  // that says so: "LOGGER_RETENTION_DAYS"
  CutoffScope scope;     // without its time
  int days = 0;

  // As it is now.
  CutoffRequest request(WallTime now) const;
};

// By API, where there is a template for its events.
using TypeTemplates = std::map<std::string, TypeTemplate, std::less<>>;

// Which events came by Logger's API: those of its types, with ids as it makes them.
CutoffScope logger_scope(const TypeTemplates& types);

// The value of LOGGER_RETENTION_DAYS: 1 to 36500, 30 when it is not set; nothing for "0". Error:
// kInvalid, naming the variable.
Result<std::optional<int>> logger_retention_days();

// What LOGGER_RETENTION_DAYS and CHRONOLOGER_RETENTION_DAYS (not set, or "0": for ever) ask for.
// Errors: kInvalid; also when nothing in the names of Chronologer's types tells them from others.
Result<std::vector<RetentionRule>> retention_from_environment(const TypeTemplates& types);

// When a rule is due: at first, then once the date in the local zone is another one; and again
// after a failure, sooner at first and then every few minutes. Threading: one thread.
class RetentionSchedule {
 public:
  bool due(WallTime now, MonoTime mono) const;
  // It is under way; it is not due before `until`, should nothing more be heard.
  void tried(MonoTime until);
  void done(WallTime now);
  void failed(MonoTime mono);

 private:
  std::string date_;  // when it was done last
  MonoTime not_before_{};
  Micros pause_{};
};

}  // namespace ox
