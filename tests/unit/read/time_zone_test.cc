#include "common/read/time_zone.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

using namespace std::chrono_literals;

TimeZone zone_named(std::string_view name) {
  auto found = TimeZone::find(name);
  REQUIRE_MESSAGE(found.ok(), found.status().message());
  return *found;
}

TEST_CASE("zones are found by the names of the IANA database, and by no path") {
  for (const char* name :
       {"UTC", "Etc/UTC", "Europe/Amsterdam", "US/Eastern", "Australia/Lord_Howe"})
    CHECK_MESSAGE(TimeZone::find(name).ok(), name);
  for (const std::string& name :
       {std::string(), std::string("Nope/X"), std::string("../../etc/passwd"),
        std::string("/etc/localtime"), std::string("Europe"), std::string("europe/amsterdam"),
        std::string("UTC\0", 4), std::string(10'000, 'a'), std::string("tzdata.zi")}) {
    auto found = TimeZone::find(name);
    CHECK_MESSAGE(found.status().code() == Code::kNotFound, name);
  }
}

TEST_CASE("a day begins at local midnight, an hour at the local hour") {
  const TimeZone amsterdam = zone_named("Europe/Amsterdam");
  CHECK(amsterdam.start_of_day(1497730477s) == 1497650400s);  // 2017-06-17T22:14:37+02:00
  CHECK(amsterdam.start_of_hour(1497730477s) == 1497729600s);
  CHECK(amsterdam.start_of_day(1497736800s) == 1497736800s);
  CHECK(amsterdam.start_of_day(1497736799s) == 1497650400s);
  const TimeZone kathmandu = zone_named("Asia/Kathmandu");  // +05:45
  CHECK(kathmandu.start_of_hour(1500000000s) == 1499998500s);
  CHECK(kathmandu.start_of_day(1500000000s) == 1499969700s);
  const TimeZone utc = zone_named("UTC");
  CHECK(utc.start_of_day(-1s) == -86400s);
  CHECK(utc.start_of_hour(-1s) == -3600s);
}

TEST_CASE("a day that clocks change on begins once") {
  const TimeZone amsterdam = zone_named("Europe/Amsterdam");
  // 2017-10-29 has 25 hours, 2017-03-26 has 23.
  for (Seconds at = 1509228000s; at < 1509228000s + 25h; at += 900s)
    CHECK(amsterdam.start_of_day(at) == 1509228000s);
  CHECK(amsterdam.start_of_day(1509228000s + 25h) == 1509318000s);
  for (Seconds at = 1490482800s; at < 1490482800s + 23h; at += 900s)
    CHECK(amsterdam.start_of_day(at) == 1490482800s);
  CHECK(amsterdam.start_of_day(1490482800s + 23h) == 1490565600s);
}

TEST_CASE("an hour that comes twice is two, and one that is skipped none") {
  const TimeZone amsterdam = zone_named("Europe/Amsterdam");
  CHECK(amsterdam.start_of_hour(1509237000s) == 1509235200s);  // 02:30 in summer
  CHECK(amsterdam.start_of_hour(1509240600s) == 1509238800s);  // 02:30 in winter
  CHECK(amsterdam.start_of_hour(1490490000s) == 1490490000s);  // 01:00Z, after the gap: 03:00
  // Lord Howe puts its clocks back by half an hour, at 02:00 on 2017-04-02 (15:00Z the day before).
  const TimeZone howe = zone_named("Australia/Lord_Howe");
  CHECK(howe.start_of_hour(1491058740s) == 1491055200s);  // 01:59 in summer
  CHECK(howe.start_of_hour(1491058800s) == 1491058800s);  // 01:30 again
  CHECK(howe.start_of_hour(1491060540s) == 1491058800s);
  CHECK(howe.start_of_hour(1491060600s) == 1491060600s);  // 02:00
}

TEST_CASE("a midnight that is skipped, or comes twice, still begins its day") {
  // Sao Paulo put its clocks forward at midnight, 2017-10-15.
  const TimeZone paulo = zone_named("America/Sao_Paulo");
  CHECK(paulo.start_of_day(1508036400s) == 1508036400s);  // 03:00Z, which is 01:00
  CHECK(paulo.start_of_day(1508036399s) == 1507950000s);  // the Saturday
  // Havana puts them back from 01:00 to 00:00, 2017-11-05 at 05:00Z.
  const TimeZone havana = zone_named("America/Havana");
  CHECK(havana.start_of_day(1509858000s) == 1509854400s);
  CHECK(havana.start_of_day(1509854400s) == 1509854400s);
}

TEST_CASE("a date has a first instant, and what is beyond any calendar the nearest") {
  using std::chrono::year_month_day, std::chrono::year, std::chrono::month, std::chrono::day;
  const TimeZone amsterdam = zone_named("Europe/Amsterdam");
  CHECK(amsterdam.start_of(year_month_day(year(2017), month(6), day(18))) == 1497736800s);
  const TimeZone utc = zone_named("UTC");
  CHECK(utc.start_of_day(Seconds(1'000'000'000'000'000)) <= 253'402'300'800s);
  CHECK(utc.start_of_hour(Seconds::min()) >= -62'135'596'800s);
}

}  // namespace
}  // namespace ox
