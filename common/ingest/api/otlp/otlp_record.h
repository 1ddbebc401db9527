#pragma once
// An OpenTelemetry log record, and the event that it becomes (docs/http.md, "OTLP logs").
#include <functional>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "proto/raw_value.h"

namespace ox {

// How deep the values of attributes and bodies may nest: protobuf's own bound.
inline constexpr std::size_t kMaxOtlpDepth = 100;

// Whatever the encoding was, each is a MessagePack map with the names of logs.proto and
// resource.proto (opentelemetry-proto 1.x): attributes are maps, AnyValues the values they are,
// trace and span ids hex, times and numbers integers. `resource` and `scope` have the schema_url
// of what is around them, too. What the protocol does not know (yet) is kept: under its name, or,
// from protobuf, in `unknown_fields` under its number.
struct OtlpRecord {
  RawValue resource;
  RawValue scope;
  RawValue record;
};

// Called for each record in turn; an error ends the reading.
using OtlpTake = std::function<Status(const OtlpRecord& record)>;

// Everything but type and, when the resource does not name one, host. now: the time of a record
// that tells none. `event` views into `record` afterwards.
void fill_otlp_event(const OtlpRecord& record, WallTime now, ForeignEvent& event);

}  // namespace ox
