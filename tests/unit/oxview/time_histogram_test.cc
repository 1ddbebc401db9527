#include "oxview/time_histogram.h"

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::int64_t second_of(std::string_view date) {
  return std::chrono::duration_cast<std::chrono::seconds>(*parse_date(date)).count();
}

void take_at(TimeHistogram& histogram, std::int64_t second, int events = 1) {
  const std::string event = packed(R"({"end": )" + std::to_string(second) + ".5}");
  for (int i = 0; i < events; ++i) CHECK(histogram.take(event).ok());
}

std::string bars_of(TimeHistogram& histogram) {
  std::string out;
  histogram.append_summary(out);
  return out;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a line for each minute, those without events too") {
  TimeHistogram histogram({.step = 60, .columns = 30, .unicode = false});
  const std::int64_t begin = second_of("20170714 02:40");
  take_at(histogram, begin, 4);
  take_at(histogram, begin + 59, 6);
  take_at(histogram, begin + 120, 5);
  CHECK(bars_of(histogram) ==
        "2017-07-14 02:40 10 ##########\n"
        "2017-07-14 02:41  0\n"
        "2017-07-14 02:42  5 #####\n");
}

TEST_CASE("bars have eighths of a column where the terminal can show them") {
  TimeHistogram histogram({.step = 86'400, .columns = 23, .unicode = true});
  const std::int64_t begin = second_of("20170714");
  take_at(histogram, begin, 80);
  take_at(histogram, begin + 86'400, 41);
  take_at(histogram, begin + 2 * 86'400, 1);
  CHECK(bars_of(histogram) ==
        "2017-07-14 80 ██████████\n"  // at least ten columns, even where there are none
        "2017-07-15 41 █████▏\n"
        "2017-07-16  1 ▏\n");
}

TEST_CASE("the step fits what most events are of, whatever single clocks say") {
  auto label = [](std::int64_t distance) {
    TimeHistogram histogram({});
    const std::int64_t begin = second_of("20170714");
    for (int i = 0; i < 300; ++i) take_at(histogram, begin + i * distance / 300);
    take_at(histogram, second_of("19710101"));
    const std::string bars = bars_of(histogram);
    CHECK(lines_in(bars) <= 63);
    CHECK(bars.find(" empty ...\n") != std::string::npos);
    const std::string line = bars.substr(0, bars.find('#'));
    return line.substr(0, line.find_last_not_of(' ', line.size() - 3) + 1);
  };
  CHECK(label(30) == "1971-01-01 00:00:00");
  CHECK(label(3000) == "1971-01-01 00:00");
  CHECK(label(2 * 86'400) == "1971-01-01 00:00");
  CHECK(label(40 * 86'400) == "1971-01-01");
  CHECK(label(300 * 86'400) == "1970-12-28");  // a Monday
}

TEST_CASE("what the index counts is told by quarters of an hour, and added to the rest") {
  TimeHistogram histogram({.columns = 40});
  const std::int64_t begin = second_of("20170714");
  const auto slot = static_cast<std::int32_t>(begin / kCountSlotSeconds);
  CHECK(histogram.takes_counts());
  take_at(histogram, begin + 1, 2);
  histogram.take_count({{slot, 20}, 3});
  histogram.take_count({{slot + 1, 20}, 5});
  histogram.take_count({{CountSlot::kNoTime, 20}, 1});
  take_at(histogram, begin + 901);
  CHECK(bars_of(histogram) ==
        "2017-07-14 00:00 5 ##################\n"
        "2017-07-14 00:15 6 #####################\n"
        "(no time)        1 ####\n");
}

TEST_CASE("shorter steps than the index has are not asked of it") {
  CHECK_FALSE(TimeHistogram({.step = 60}).takes_counts());
  CHECK(TimeHistogram({.step = 3600}).takes_counts());
  CHECK(TimeHistogram({.step = 86'400}).takes_counts());
  CHECK_FALSE(TimeHistogram({.step = 0, .by_index = false}).takes_counts());
}

TEST_CASE("times before 1970 and at the ends of the calendar have their place") {
  TimeHistogram histogram({.step = 3600, .columns = 40});
  take_at(histogram, -2);
  take_at(histogram, -3599);
  take_at(histogram, second_of("20170714"));
  const std::string bars = bars_of(histogram);
  CHECK(bars.starts_with("1969-12-31 23:00 2 #"));
  CHECK(bars.find("\n... 416664 empty ...\n2017-07-14 00:00 1 #") != std::string::npos);
  CHECK(lines_in(bars) == 3);
}

TEST_CASE("too many times make the step longer") {
  set_log_sink([](LogLevel, std::string_view) {});
  TimeHistogram histogram({.step = 60, .columns = 40});
  for (std::int64_t i = 0; i <= 100'000; ++i) take_at(histogram, i * 60);
  set_log_sink(nullptr);
  const std::string bars = bars_of(histogram);
  CHECK(bars.starts_with("1970-01-01 00:00 15 #"));
  CHECK(lines_in(bars) == 6667);
}

TEST_CASE("no events are nothing at all") {
  TimeHistogram histogram({});
  CHECK(histogram.take("\xc1").code() == Code::kCorrupt);
  CHECK(bars_of(histogram).empty());
}

}  // namespace ox
