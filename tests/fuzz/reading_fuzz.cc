// What requests to the APIs that read have in their lines, and what they show of any event: the first
// byte chooses.
#include "common/http/accept_encoding.h"
#include "common/read/api/logger/logger_event.h"
#include "common/read/api/logger/period.h"
#include "common/read/api/oxd/event_fields.h"
#include "common/read/api/pbu/pbu_message.h"
#include "common/read/time_zone.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_reading {

static void check_period(std::string_view key) {
  for (auto unit :
       {LoggerPeriod::Unit::kMinute, LoggerPeriod::Unit::kHour, LoggerPeriod::Unit::kDay}) {
    auto period = LoggerPeriod::parse(unit, key);
    if (!period.ok()) continue;
    OX_CHECK(LoggerPeriod::of(unit, period->start).start == period->start);
    auto again = LoggerPeriod::parse(unit, period->key());
    OX_CHECK(again.ok() && again->start == period->start);
  }
  (void)time_of_logger_id(key);
}

static void check_event(std::string_view event) {
  const EventSlices slices = EventSlices::of(event);
  std::string out;
  if (auto seen = LoggerEvent::of(slices)) {
    seen->append_json(out);
    (void)LoggerOrder::of(*seen);
  }
  if (auto seen = PbuMessage::of(slices)) seen->append_json(out);
  for (const char c : out) OX_CHECK(c >= 0x20 && c < 0x7f);
  for_each_field(slices, [](std::string_view, RawValue value) { (void)value_text(value); });
}

OX_FUZZ_TARGET(reading, std::string_view input) {
  if (input.empty()) return;
  const std::string_view rest = input.substr(1);
  switch (input[0] % 4) {
    case 0:
      return check_period(rest);
    case 1:
      return check_event(rest);
    case 2: {
      HttpFields headers;
      headers.add("Accept-Encoding", rest);
      (void)choose_encoding(headers);
      return;
    }
    default:
      if (auto zone = TimeZone::find(rest); zone.ok())
        OX_CHECK(zone->start_of_hour(Seconds(1'500'000'000)) <= Seconds(1'500'000'000));
  }
}

}  // namespace ox::fuzz_reading
