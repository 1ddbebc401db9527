#include "common/ingest/api/otlp/otlp_answer.h"

#include <string>

#include <fmt/format.h>

#include "common/http/http_fields.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kOtlpProtobufType = "application/x-protobuf";

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_varint_field(std::string& out, unsigned number, std::uint64_t value) {
  put_varint(out, number << 3);
  put_varint(out, value);
}

void put_bytes_field(std::string& out, unsigned number, std::string_view bytes) {
  put_varint(out, number << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

// google/rpc/code.proto: what gRPC says for it.
int rpc_code(int status) {
  switch (status) {
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
    case 405:
      return 12;  // UNIMPLEMENTED
    case 408:
      return 4;  // DEADLINE_EXCEEDED
    case 413:
    case 429:
      return 8;  // RESOURCE_EXHAUSTED
    case 502:
    case 503:
    case 504:
      return 14;  // UNAVAILABLE
    default:
      return status < 500 ? 3 : 13;  // INVALID_ARGUMENT, INTERNAL
  }
}

}  // namespace

std::optional<OtlpEncoding> otlp_encoding(const HttpRequest& request) {
  auto type = MediaType::parse(request.header("content-type"));
  if (!type) return std::nullopt;
  if (type->type == kOtlpProtobufType || type->type == "application/protobuf")
    return OtlpEncoding::kProtobuf;
  if (type->type == "application/json") return OtlpEncoding::kJson;
  return std::nullopt;
}

HttpResponse otlp_success(OtlpEncoding encoding, std::uint64_t rejected, std::string_view why) {
  std::string body;
  if (encoding == OtlpEncoding::kJson) {
    body = "{}";
    if (rejected > 0) {
      body = fmt::format(R"({{"partialSuccess":{{"rejectedLogRecords":"{}","errorMessage":)",
                         rejected);
      append_json_string(body, why);
      body += "}}";
    }
    return HttpResponse::json(200, std::move(body));
  }
  if (rejected > 0) {
    std::string partial;
    put_varint_field(partial, 1, rejected);
    put_bytes_field(partial, 2, why);
    put_bytes_field(body, 1, partial);
  }
  return HttpResponse(200, kOtlpProtobufType, std::move(body));
}

HttpResponse otlp_error_response(const HttpError& error, const HttpRequest* request) {
  // For bad data the protocol has one status.
  const int status = error.status == 422 ? 400 : error.status;
  std::string body;
  if (request != nullptr && otlp_encoding(*request) == OtlpEncoding::kProtobuf) {
    put_varint_field(body, 1, static_cast<std::uint64_t>(rpc_code(status)));
    put_bytes_field(body, 2, error.message);
    return HttpResponse(status, kOtlpProtobufType, std::move(body));
  }
  body = fmt::format(R"({{"code":{},"message":)", rpc_code(status));
  append_json_string(body, error.message);
  body += "}";
  return HttpResponse::json(status, std::move(body));
}

}  // namespace ox
