#include "oxview/selection_options.h"

#include <algorithm>
#include <charconv>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/model/level.h"
#include "oxview/context_window.h"
#include "oxview/time_point.h"

namespace ox {
namespace {

constexpr WallTime kSelectedDay = std::chrono::hours(24);

double seconds_of(WallTime time) { return std::chrono::duration<double>(time).count(); }

Result<int> parse_level(const std::string& text) {
  if (auto level = level_from_name(text)) return *level;
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return Status(Code::kInvalid, "'" + text +
                                    "' is no level: a number, or debug, info, notice, "
                                    "warning, error, critical, alert, emergency");
}

}  // namespace

void SelectionOptions::declare(CommandLine& line) {
  auto not_empty = [](const std::string& text) {
    return text.empty() ? std::string("must not be empty") : std::string();
  };
  CLI::App& app = line.app();
  app.add_option("-S,--since", since,
                 "Only events whose end is not before this: \"2017-07-14 02:40\", 20170714, \"1h "
                 "ago\", -90m, yesterday, Unix seconds; UTC")
      ->type_name("TIME")
      ->check(not_empty);
  app.add_option("-U,--until", until,
                 "Only events whose end is not after this; a date alone means its whole day")
      ->type_name("TIME")
      ->check(not_empty);
  app.add_option("--host-name", hosts, "Only events of this host; may be repeated")
      ->type_name("NAME")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->check(not_empty);
  app.add_option("--level", level,
                 "Only events of this level and above: a name such as warning, or a number")
      ->type_name("LEVEL")
      ->check(not_empty);
  app.add_option("-g,--grep", pattern,
                 "Only events whose line of JSON has a match of this regular expression (RE2); "
                 "(?i) in front ignores case. Exit status: 0 when there was one, 1 when none, 2 on "
                 "an error, as of grep")
      ->type_name("REGEX")
      ->check(not_empty);
  app.add_option_function<std::uint64_t>(
         "--limit", [this](const std::uint64_t& n) { limit = n; }, "Stop after this many events")
      ->type_name("N")
      ->check([](const std::string& text) {  // CLI11 would wrap "-1" around
        const bool number = text.find_first_not_of("0123456789") == std::string::npos;
        return number && text.find_first_not_of('0') != std::string::npos
                   ? ""
                   : "must be a whole number, at least 1";
      });
  app.add_option(
         "--context", context,
         "With each event that is selected, so many before and behind it, of the same file; "
         "-- stands between those that are no neighbours")
      ->type_name("N")
      ->check([](const std::string& text) {
        const bool number = !text.empty() && text.size() <= 5 &&
                            text.find_first_not_of("0123456789") == std::string::npos;
        return number && std::stoul(text) <= kMaxContextEvents
                   ? ""
                   : "must be a whole number up to " + std::to_string(kMaxContextEvents);
      });
  app.add_flag("-r,--reverse", newest_first,
               "With --log-path: the other way around, the newest event of a file first");
  app.add_flag("--count", count, "Print only how many events there are");
}

Result<Selection> SelectionOptions::check(WallTime now) const {
  Selection selection;
  EventConditions& conditions = selection.conditions;
  if (!since.empty()) {
    auto time = parse_time_point(since, now);
    if (!time.ok()) return time.status().at("--since");
    conditions.since = seconds_of(time->time);
  }
  if (!until.empty()) {
    auto time = parse_time_point(until, now);
    if (!time.ok()) return time.status().at("--until");
    conditions.until = seconds_of(time->whole_day ? time->time + kSelectedDay : time->time);
    conditions.until_exclusive = time->whole_day;
  }
  if (conditions.since && conditions.until && *conditions.until < *conditions.since)
    return Status(Code::kInvalid, "--until lies before --since");
  conditions.hosts = hosts;
  if (!level.empty()) {
    auto least = parse_level(level);
    if (!least.ok()) return least.status().at("--level");
    conditions.min_level = *least;
  }
  if (!pattern.empty()) {
    auto compiled = LinePattern::compile(pattern);
    if (!compiled.ok()) return compiled.status().at("--grep");
    selection.pattern = std::move(*compiled);
  }
  selection.limit = limit;
  selection.count = count;
  return selection;
}

void narrow_conditions(EventConditions& conditions, const EventConditions& more) {
  if (more.since) conditions.since = std::max(conditions.since.value_or(*more.since), *more.since);
  if (more.until && (!conditions.until || *more.until < *conditions.until)) {
    conditions.until = more.until;
    conditions.until_exclusive = more.until_exclusive;
  } else if (more.until && *more.until == *conditions.until) {
    conditions.until_exclusive = conditions.until_exclusive || more.until_exclusive;
  }
  if (conditions.hosts.empty()) conditions.hosts = more.hosts;
  if (more.min_level)
    conditions.min_level =
        std::max(conditions.min_level.value_or(*more.min_level), *more.min_level);
  conditions.words.insert(conditions.words.end(), more.words.begin(), more.words.end());
}

}  // namespace ox
