#pragma once
// Any stored event as a record of Chronologer: what its API gives out (docs/http.md), and what the
// columns record_id, ts, name, level, message and logrec of queries are made of.
//
//   id       the event's, when it is a whole number
//   ts       its `end`
//   name, message, level    of the body; level 0 when it has none
//   logrec   body.logrec, when that is there: as its POST stored it (meta, data, error; of a raw
//            record the whole document). Otherwise everything of the body but level, name, message.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "proto/event_slices.h"

namespace ox {

// What Chronologer keeps of them, in characters.
inline constexpr std::size_t kRecordNameCharacters = 127;
inline constexpr std::size_t kRecordMessageCharacters = 255;

// Views into the event, which must outlive it.
struct StoredRecord {
  std::optional<std::int64_t> id;
  std::optional<WallTime> ts;
  int level = 0;
  std::string_view name;     // in full
  std::string_view message;  // the same
  RawValue body;
  RawValue logrec;  // kInvalid when the body has none of its own

  static StoredRecord of(const EventSlices& event);

  // {"name", "ts", "level", "message", "logrec", "id"}, one line, name and message cut. Appends.
  void append_json(std::string& out) const;
  void append_logrec_json(std::string& out) const;
};

// The record's time, of an event's `end`; nothing when that is no number or out of the years 1 to
// 9999. Microseconds, rounded half to even.
std::optional<WallTime> record_time(RawValue end);

// The level of an event as the APIs give it out: a whole number; 0 for none, and for what is no
// number or beyond a thousand million.
int record_level(const EventSlices& event);

// "2017-07-14 02:40:00.250000+00:00", without the fraction when it is zero.
void append_record_time(std::string& out, WallTime ts);

// The body without level, name and message, as a MessagePack map; nil when it is no map. Appends.
void pack_rest_of_body(std::string& out, RawValue body);

}  // namespace ox
