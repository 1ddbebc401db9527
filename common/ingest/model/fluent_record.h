#pragma once
// A record under a tag, as Fluentd and Fluent Bit send it over whichever protocol: docs/events.md,
// "Fluent".
#include <optional>
#include <string>
#include <string_view>

#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/timestamp.h"
#include "common/ingest/model/type_template.h"
#include "proto/raw_value.h"

namespace ox {

// Fills `event` but for its type and id. record: a map. time: what the protocol says; without it
// the record's own, otherwise event.end stays. event.host is of a record that names none. `event`
// then views both.
void fill_fluent_event(std::string_view tag, RawValue record, const std::optional<Timestamp>& time,
                       ForeignEvent& event);

// The type that the events of a tag usually have: the tag, as far as a type may be so.
std::string fluent_type_name(std::string_view tag);
TypeTemplate fluent_type(std::string_view tag);

}  // namespace ox
