#pragma once
// An ExportLogsServiceRequest as protobuf (opentelemetry-proto 1.x,
// collector/logs/v1/logs_service.proto and what it includes).
#include <string_view>

#include "common/ingest/api/otlp/otlp_record.h"

namespace ox {

// Errors: kCorrupt ("byte 17: ..."), kTooLarge (nested deeper than kMaxOtlpDepth), and take()'s.
// Records before the error were taken.
Status read_otlp_protobuf(std::string_view request, const OtlpTake& take);

}  // namespace ox
