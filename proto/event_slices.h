#pragma once
// The well-known keys of an event (proto/README.md, "Event") as the bytes they are, found in one walk
// over it: nothing is decoded or allocated. Of a key that comes twice the first counts. Every
// function is safe on any bytes.
#include <cstddef>
#include <optional>
#include <string_view>

#include "proto/raw_value.h"

namespace ox {

// What is absent is kInvalid. The bytes must outlive it.
struct EventSlices {
  RawValue id;
  RawValue type;
  RawValue host;
  RawValue pid;
  RawValue start;
  RawValue end;
  RawValue body;

  // All absent when `event` is no map; those behind its first damage, when it is no MessagePack.
  static EventSlices of(std::string_view event);
};

// The same of the value at the front of `bytes`. Returns the length of that value; 0, when there is none
// whole (proto/event_view.h, msgpack_length(), tells why).
std::size_t walk_event(std::string_view bytes, EventSlices& slices);

// What docs/events.md names in a body.
struct BodySlices {
  RawValue level;
  RawValue name;
  RawValue message;

  // All absent when `body` is no map.
  static BodySlices of(RawValue body);
};

// The level of an event: body.level when that is a number, otherwise nothing.
std::optional<double> level_of(const EventSlices& event);

}  // namespace ox
