#include "oxview/selection_options.h"

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "oxview/time_point.h"

namespace ox {
namespace {

const WallTime kSelectionNow = parse_date("20200202 13:37").value();

std::string time_of(std::string_view text) {
  auto time = parse_time_point(text, kSelectionNow);
  return time.ok() ? format_iso_utc(time->time) + (time->whole_day ? " day" : "") : "";
}

}  // namespace

TEST_CASE("times are read as people write them") {
  CHECK(time_of("now") == "2020-02-02T13:37:00.000000Z");
  CHECK(time_of("today") == "2020-02-02T00:00:00.000000Z day");
  CHECK(time_of("yesterday") == "2020-02-01T00:00:00.000000Z day");
  CHECK(time_of("20170714") == "2017-07-14T00:00:00.000000Z day");
  CHECK(time_of("20170714 02:40") == "2017-07-14T02:40:00.000000Z");
  CHECK(time_of("2017-07-14") == "2017-07-14T00:00:00.000000Z day");
  CHECK(time_of("2017-07-14 02:40") == "2017-07-14T02:40:00.000000Z");
  CHECK(time_of("2017-07-14T02:40:00.25+02:00") == "2017-07-14T00:40:00.250000Z");
  CHECK(time_of("1500000000") == "2017-07-14T02:40:00.000000Z");
  CHECK(time_of("1500000000.25") == "2017-07-14T02:40:00.250000Z");
  for (const char* hour_ago : {"-1h", "1h", "1h ago", "60m ago", "-3600s", " 1h  ago "})
    CHECK(time_of(hour_ago) == "2020-02-02T12:37:00.000000Z");
  CHECK(time_of("2d") == "2020-01-31T13:37:00.000000Z");
}

TEST_CASE("what is no time is refused") {
  for (const char* text : {"", "tomorrow-ish", "20171314", "2017-13-14", "-1", "17", "1x ago",
                           "ago", "--1h", "nan", "1e99", "99999999999999999999"})
    CHECK_MESSAGE(time_of(text).empty(), text);
}

TEST_CASE("a selection is made of the options, and says which is wrong") {
  SelectionOptions options;
  options.since = "20200101";
  options.until = "20200102";
  options.level = "warning";
  options.hosts = {"web-1"};
  auto selection = options.check(kSelectionNow);
  REQUIRE(selection.ok());
  CHECK(selection->conditions.since == 1577836800.0);
  CHECK(selection->conditions.until == 1578009600.0);  // the end of that day
  CHECK(selection->conditions.until_exclusive);
  CHECK(selection->conditions.min_level == 30);
  CHECK(selection->conditions.hosts == std::vector<std::string>{"web-1"});
  options.level = "35";
  CHECK(options.check(kSelectionNow)->conditions.min_level == 35);

  auto error = [](std::string SelectionOptions::*member, const char* value) {
    SelectionOptions wrong;
    wrong.*member = value;
    auto checked = wrong.check(kSelectionNow);
    CHECK_FALSE(checked.ok());
    return checked.status().message();
  };
  CHECK(error(&SelectionOptions::since, "x").starts_with("--since: "));
  CHECK(error(&SelectionOptions::until, "x").starts_with("--until: "));
  CHECK(error(&SelectionOptions::level, "loud").starts_with("--level: "));
  CHECK(error(&SelectionOptions::pattern, "(").starts_with("--grep: "));
  options.since = "1h";
  options.until = "2h";
  CHECK(options.check(kSelectionNow).status().message() == "--until lies before --since");
}

TEST_CASE("only words that every matching line has are looked for in indexes") {
  auto words = [](const char* expression) { return LinePattern::compile(expression)->words(); };
  using Words = std::vector<std::string>;
  CHECK(words("550e8400-e29b-41d4-a716-446655440000") == Words{"e29b", "a716"});
  CHECK(words("part whole part") == Words{"whole"});
  CHECK(words("one") == Words{});
  CHECK(words("\"user\": \"bob\"") == Words{"user", "bob"});
  CHECK(words("a true null b") == Words{});
  CHECK(words("a (whole|b) c") == Words{});
  CHECK(words("a b\\n c") == Words{});
  CHECK(words("x 1500 5e y") == Words{});
}

TEST_CASE("conditions are narrowed to what both let through") {
  EventConditions one;
  one.since = 10;
  one.until = 20;
  one.min_level = 30;
  EventConditions other;
  other.since = 5;
  other.until = 20;
  other.until_exclusive = true;
  other.min_level = 40;
  other.hosts = {"h"};
  narrow_conditions(one, other);
  CHECK(one.since == 10);
  CHECK(one.until == 20);
  CHECK(one.until_exclusive);
  CHECK(one.min_level == 40);
  CHECK(one.hosts == std::vector<std::string>{"h"});
  EventConditions none;
  narrow_conditions(none, other);
  CHECK(none.since == 5);
  CHECK(none.until_exclusive);
}

}  // namespace ox
