#pragma once
// The records in the body of a request to Fluentd's in_http: JSON, MessagePack or lines of JSON, as
// they are or as the field of a form.
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Appends the records, MessagePack maps one behind the other. content_type: of the body; query: of
// the request, whose fields count as those of a form do. A null is no record. Errors, with nothing
// appended: kInvalid, saying what is wrong where.
Status append_fluent_records(std::string_view content_type, std::string_view query,
                             std::string_view body, std::string& out);

}  // namespace ox
