#pragma once
// The event that has an id.
#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "common/read/event_selection.h"
#include "common/read/placed_event.h"
#include "common/read/store_reader.h"
#include "proto/raw_value.h"

namespace ox {

enum class IdKind {
  kRecord,  // a whole number
  kAny,     // a whole number, or text
};

bool has_id(const RawValue& value, std::string_view id, IdKind kind);

// The first of those selected that has the id, in the order of the files; nothing when there is
// none. Blocks that cannot have it are not read. A number is looked for first in the files of the
// time that it tells as a record id (proto/record_id.h). Errors: those of StoreReader::for_each().
Result<std::optional<PlacedEvent>> event_by_id(StoreReader& reader, EventSelection selection,
                                               std::string_view id, IdKind kind);

}  // namespace ox
