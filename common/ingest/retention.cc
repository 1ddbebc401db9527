#include "common/ingest/retention.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "common/base/civil_time.h"

namespace ox {
namespace {

constexpr const char* kLoggerDays = "LOGGER_RETENTION_DAYS";
constexpr const char* kChronologerDays = "CHRONOLOGER_RETENTION_DAYS";
constexpr int kUsualLoggerDays = 30;
constexpr int kMostDays = 36500;
constexpr double kDaySeconds = 86400;
constexpr Micros kFirstPause = Seconds(1);
constexpr Micros kLongestPause = Seconds(300);

Result<std::optional<int>> retention_days_in(const char* variable, std::optional<int> usual) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return usual;
  const std::string_view text(value);
  int days = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size() || days < 0 || days > kMostDays)
    return Status(Code::kInvalid, fmt::format("{}: '{}' is not a number of days from 0 (for ever) "
                                              "to {}",
                                              variable, text, kMostDays));
  return days == 0 ? std::optional<int>() : std::optional<int>(days);
}

TypePattern types_of(const TypeTemplates& types, std::string_view api) {
  auto found = types.find(api);
  if (found == types.end()) return TypePattern::parse(api).value();
  return found->second.pattern(api, api);
}

std::string local_date(WallTime now) { return format_local(now).substr(0, 10); }

}  // namespace

CutoffRequest RetentionRule::request(WallTime now) const {
  CutoffRequest request;
  request.scope = scope;
  request.scope.before = to_seconds(now) - days * kDaySeconds;
  request.count = false;
  return request;
}

CutoffScope logger_scope(const TypeTemplates& types) {
  CutoffScope scope;
  scope.types = types_of(types, "logger");
  // The ids tell; so also those are meant of which a template left nothing but its beginning.
  if (!scope.types.exact() && scope.types.prefix().ends_with('.'))
    scope.types =
        TypePattern::parse(scope.types.prefix().substr(0, scope.types.prefix().size() - 1) + "*")
            .value();
  scope.logger_ids = true;
  return scope;
}

Result<std::optional<int>> logger_retention_days() {
  return retention_days_in(kLoggerDays, kUsualLoggerDays);
}

Result<std::vector<RetentionRule>> retention_from_environment(const TypeTemplates& types) {
  std::vector<RetentionRule> rules;
  OX_ASSIGN_OR_RETURN(std::optional<int> logger, logger_retention_days());
  if (logger) rules.push_back({kLoggerDays, logger_scope(types), *logger});
  OX_ASSIGN_OR_RETURN(std::optional<int> chronologer,
                      retention_days_in(kChronologerDays, std::nullopt));
  if (!chronologer) return rules;
  CutoffScope scope;
  scope.types = types_of(types, "chronologer");
  if (scope.types.prefix().empty())
    return Status(Code::kInvalid,
                  fmt::format("{}: the types of records, '{}', have no fixed beginning that would "
                              "tell them from other events: give --type chronologer=... one",
                              kChronologerDays, types.find("chronologer")->second.text()));
  rules.push_back({kChronologerDays, scope, *chronologer});
  return rules;
}

bool RetentionSchedule::due(WallTime now, MonoTime mono) const {
  return mono >= not_before_ && local_date(now) != date_;
}

void RetentionSchedule::tried(MonoTime until) { not_before_ = until; }

void RetentionSchedule::done(WallTime now) {
  date_ = local_date(now);
  pause_ = {};
  not_before_ = {};
}

void RetentionSchedule::failed(MonoTime mono) {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  not_before_ = mono + pause_;
}

}  // namespace ox
