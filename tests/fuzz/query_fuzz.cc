// Expressions of anybody: refused with one line, or evaluated; and what one implies holds of every event that
// it finds.
#include "common/base/status.h"
#include "common/query/event_filter.h"
#include "common/store/event_conditions.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_query {

static std::string_view query_fuzz_event() {
  // {"id": "a1", "type": "t", "host": "h", "pid": 7, "start": 1.0, "end": 2.0,
  //  "body": {"level": 40, "name": "n", "message": "no 1", "user": "bob", "n": 2, "t": true, "l": [1, {"x": "y"}]}}
  static constexpr char kBytes[] =
      "\x87\xa2id\xa2"
      "a1\xa4type\xa1t\xa4host\xa1h\xa3pid\x07\xa5start\xcb\x3f\xf0\0\0\0\0\0\0\xa3"
      "end\xcb\x40\0\0\0\0\0\0\0\xa4"
      "body\x87\xa5level\x28\xa4name\xa1n\xa7message\xa4no 1\xa4user\xa3"
      "bob\xa1n\x02\xa1t\xc3\xa1l\x92\x01\x81\xa1x\xa1y";
  return {kBytes, sizeof kBytes - 1};
}

OX_FUZZ_TARGET(query, std::string_view input) {
  QueryLimits limits;
  limits.max_length = 512;
  auto filter = EventFilter::compile(input, limits);
  if (!filter.ok()) {
    OX_CHECK(!filter.status().message().empty());
    return;
  }
  const std::string_view event = query_fuzz_event();
  for (int i = 0; i < 2; ++i) {
    auto found = filter->matches(event);
    if (!found.ok() || !*found) continue;
    OX_CHECK(filter->conditions().fits(EventSlices::of(event), ""));
    for (const std::string& needle : filter->needles())
      OX_CHECK(event.find(needle) != std::string_view::npos);
  }
  OX_CHECK(filter->matches(input).ok());  // bytes that are no event
}

}  // namespace ox::fuzz_query
