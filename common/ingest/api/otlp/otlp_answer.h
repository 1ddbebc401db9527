#pragma once
// What OTLP's clients are answered (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response"), in the
// encoding they sent.
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/http_request.h"
#include "common/http/http_response.h"

namespace ox {

enum class OtlpEncoding { kProtobuf, kJson };

// Nothing for another Content-Type.
std::optional<OtlpEncoding> otlp_encoding(const HttpRequest& request);

// ExportLogsServiceResponse; rejected: of its records, which are not to be sent again. `why` counts
// only when there are some.
HttpResponse otlp_success(OtlpEncoding encoding, std::uint64_t rejected, std::string_view why);

// google.rpc.Status; as JSON when the request is neither.
HttpResponse otlp_error_response(const HttpError& error, const HttpRequest* request);

}  // namespace ox
