#pragma once
// An entry of a Loki stream, and the event that it becomes (docs/http.md, "Loki").
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"
#include "proto/raw_value.h"

namespace ox {

// The maps are MessagePack, and not set where there are none.
struct LokiEntry {
  RawValue labels;                    // of the stream
  std::optional<std::int64_t> nanos;  // its time, of the Unix epoch
  std::string_view sent_time;         // where it was not sent as nanoseconds: the text
  std::string_view line;
  RawValue metadata;  // structured metadata
  RawValue extra;     // what the protocol does not know (yet)
};

// Called for each entry in turn; an error ends the reading.
using LokiTake = std::function<Status(const LokiEntry& entry)>;

// Everything but type and, when no label names one, host. tenant: of X-Scope-OrgID, "" for none;
// now: the time of an entry that tells none.
void fill_loki_event(const LokiEntry& entry, std::string_view tenant, WallTime now,
                     ForeignEvent& event);

// What the events of a stream are called when --type says nothing: after the label service_name,
// or job.
const TypeTemplate& loki_type(RawValue labels);

}  // namespace ox
