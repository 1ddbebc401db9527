#include "oxview/field_stats.h"

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

int g_stats_warnings = 0;
void count_stats_warning(LogLevel, std::string_view) { ++g_stats_warnings; }

FieldStats stats_of(std::string_view field, const std::vector<std::string>& events,
                    std::optional<std::uint64_t> rows = std::nullopt,
                    std::size_t max_values = kMaxStatsValues) {
  FieldStats stats(*EventField::parse(field), rows, max_values);
  for (const std::string& event : events) CHECK(stats.take(packed(event)).ok());
  return stats;
}

std::string summary_of(FieldStats stats) {
  std::string out;
  stats.append_summary(out);
  return out;
}

const std::vector<std::string> kFourEvents = {
    R"({"end": 1500000002, "body": {"user": "bob"}})",
    R"({"end": 1500000000.25, "body": {"user": "bob"}})",
    R"({"end": 1500000001, "body": {"user": "al\u001bice"}})", R"({"end": "x", "body": {}})"};

}  // namespace

TEST_CASE("values are sorted by how many events have them, then by themselves") {
  CHECK(summary_of(stats_of("body.user", kFourEvents)) ==
        "count  share  first                     last                      body.user\n"
        "    2  50.0%  2017-07-14T02:40:00.250Z  2017-07-14T02:40:02.000Z  bob\n"
        "    1  25.0%  -                         -                         (none)\n"
        "    1  25.0%  2017-07-14T02:40:01.000Z  2017-07-14T02:40:01.000Z  al\\x1bice\n");
}

TEST_CASE("the rows beyond a limit are one row, so that shares add up") {
  CHECK(summary_of(stats_of("body.user", kFourEvents, 1)) ==
        "count  share  first                     last                      body.user\n"
        "    2  50.0%  2017-07-14T02:40:00.250Z  2017-07-14T02:40:02.000Z  bob\n"
        "    2  50.0%  2017-07-14T02:40:01.000Z  2017-07-14T02:40:01.000Z  (2 others)\n");
}

TEST_CASE("the values that are told apart are bounded, and that is said once") {
  g_stats_warnings = 0;
  set_log_sink(count_stats_warning);
  std::vector<std::string> events;
  for (int i = 0; i < 20; ++i) events.push_back(R"({"id": )" + std::to_string(i % 10) + "}");
  const std::string summary = summary_of(stats_of("id", events, std::nullopt, 3));
  set_log_sink(nullptr);
  CHECK(g_stats_warnings == 1);
  CHECK(summary.find(
            "   14  70.0%  -                         -                         (others)\n") !=
        std::string::npos);
  CHECK(summary.find("  3\n") == std::string::npos);
  CHECK(summary.find("  2\n") != std::string::npos);
}

TEST_CASE("long values are cut between characters") {
  std::string value;
  for (int i = 0; i < 200; ++i) value += "\u00e4";
  const std::string start = value.substr(0, kMaxStatsValueBytes);
  const std::string summary = summary_of(
      stats_of("body", {R"({"body": ")" + value + "1\"}", R"({"body": ")" + value + "2\"}"}));
  CHECK(summary.find("    2 100.0%") != std::string::npos);
  CHECK(summary.find("  " + start + "...\n") != std::string::npos);
  const std::string odd = summary_of(stats_of("body", {R"({"body": "x)" + value + "\"}"}));
  CHECK(odd.find("  x" + value.substr(0, kMaxStatsValueBytes - 2) + "...\n") != std::string::npos);
}

TEST_CASE("no events are a header alone; damage is refused and not counted") {
  FieldStats stats = stats_of("type", {});
  CHECK(stats.take("\xc1").code() == Code::kCorrupt);
  CHECK(summary_of(std::move(stats)) ==
        "count  share  first                     last                      type\n");
}

}  // namespace ox
