#pragma once
// An ExportLogsServiceRequest as JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"):
// names in lowerCamelCase or as in the .proto files, 64-bit numbers as numbers or as text, enums by
// number or name, trace and span ids in hex, bytes in base64.
#include <string_view>

#include "common/ingest/api/otlp/otlp_record.h"

namespace ox {

// Errors: kInvalid, saying where ("resourceLogs[0].scopeLogs[2]: ..."), kTooLarge (nested too
// deeply), and take()'s. Records before the error were taken.
Status read_otlp_json(std::string_view request, const OtlpTake& take);

}  // namespace ox
