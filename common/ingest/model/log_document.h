#pragma once
// Log documents as Logstash, its clients and rsyslog write them: what plain_record.h knows, and, of those
// that say nothing by its names,
//   - Logstash's event: program, logsource; extra.logger_name, which its Python clients send,
//   - the same of Logstash up to 1.1: @message, @source_host, @type, @fields,
//   - rsyslog's own JSON: timereported, fromhost, programname, priority.
// Every key is kept, where it is.
#include <string_view>

#include "common/ingest/model/foreign_event.h"
#include "proto/raw_value.h"

namespace ox {

// Fills all of `event` but its type and id from a map, which `event` then views. host and end stay as they
// are where the document has none.
void fill_log_document(RawValue document, ForeignEvent& event);

// What the document calls its own type; "" when it does not.
std::string_view log_document_type(RawValue document);

}  // namespace ox
