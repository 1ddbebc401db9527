#include "oxview/summary_options.h"

#include <unistd.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "oxview/terminal.h"

namespace ox {

void SummaryOptions::declare(CommandLine& line) {
  CLI::App& app = line.app();
  app.add_option("--stats", stats,
                 "In place of the events, how many there are for each value of this field (as in "
                 "--fields), their share, the first and the last; with --limit the N most frequent "
                 "values")
      ->type_name("[by] FIELD")
      ->expected(1, 2);
  app.add_option_function<std::string>(
         "--histogram",
         [this](const std::string& value) {
           histogram = true;
           step = value;
         },
         "In place of the events, how many there are by their time, as bars; each minute, hour or "
         "day, or as it fits")
      ->type_name("[minute|hour|day]")
      ->expected(0, 1);
}

Result<Summary> SummaryOptions::check() const {
  auto invalid = [](const std::string& message) { return Status(Code::kInvalid, message); };
  Summary summary;
  if (!stats.empty() && histogram) return invalid("--stats and --histogram exclude each other");
  if (!stats.empty()) {
    if (stats.size() > 1 && stats.front() != "by")
      return invalid("--stats takes one field, not '" + stats.front() + "' and '" + stats.back() +
                     "'");
    auto field = EventField::parse(stats.back());
    if (!field.ok()) return field.status().at("--stats");
    summary.stats = std::move(*field);
  }
  if (!histogram) return summary;
  HistogramOptions& bars = summary.histogram.emplace();
  if (step == "minute") {
    bars.step = 60;
  } else if (step == "hour") {
    bars.step = 3600;
  } else if (step == "day") {
    bars.step = 86'400;
  } else if (!step.empty()) {
    return invalid("--histogram: '" + step + "' is none of minute, hour and day");
  }
  bars.columns = terminal_size(STDOUT_FILENO).columns;
  bars.unicode = locale_is_utf8();
  return summary;
}

}  // namespace ox
