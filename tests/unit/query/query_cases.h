#pragma once
// What tests of queries share.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/query/event_filter.h"
#include "tests/unit/model/packed.h"

namespace ox {

// A record as Chronologer's POST stores it (docs/http.md), with a bit of everything.
inline const char* const kStoredRecord =
    R"({"id": 4503599627370496, "type": "app.db", "host": "web-1", "pid": 7, "start": 1500000000,
        "end": 1500000000.25,
        "body": {"level": 20, "name": "app.db", "message": "hi w",
                 "logrec": {"meta": {"lineno": 20, "threadName": "MainThread", "msg": "hi %s",
                                     "args": ["w"], "stack_info": null},
                            "data": {"foo": 387, "x": "y", "n": "2", "on": true,
                                     "key": [{"a": 1}, {"b": 2}]}}}})";

// Whether the expression is true of the event, given as JSON; fails the test on an error.
inline bool is_true_of(std::string_view expression, std::string_view event = kStoredRecord) {
  auto filter = EventFilter::compile(expression, QueryLimits());
  INFO(expression);
  REQUIRE_MESSAGE(filter.ok(), filter.status().message());
  const std::string bytes = packed(event);
  auto found = filter->matches(bytes);
  REQUIRE(found.ok());
  // The same again, from the same statement; and what the filter implies holds.
  auto again = filter->matches(bytes);
  REQUIRE(again.ok());
  CHECK(*found == *again);
  if (*found) CHECK(filter->conditions().fits(EventSlices::of(bytes), ""));
  return *found;
}

// What is wrong with the expression; "" when nothing is.
inline std::string error_of(std::string_view expression) {
  auto filter = EventFilter::compile(expression, QueryLimits());
  return filter.ok() ? "" : filter.status().message();
}

}  // namespace ox
