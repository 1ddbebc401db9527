#include "common/ingest/api/chronologer/record_error.h"

#include <utility>

#include <fmt/format.h>

#include "common/http/http_request.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kSizeLimit = "StorageSizeLimitError";

std::string_view type_of(const HttpError& error) {
  if (!error.type.empty()) return error.type;
  return error.status == 413 ? kSizeLimit : "HTTPError";
}

}  // namespace

HttpError http_error(int status, std::string message) {
  return {.status = status, .message = std::move(message), .type = "HTTPError"};
}

HttpError model_error(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "ModelError"};
}

HttpError missing_key_error(std::string_view key) {
  return model_error(fmt::format("Key \"{}\" is missing", key));
}

HttpError value_error(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "ValueError"};
}

HttpError size_limit_error(std::string message) {
  return {.status = 413, .message = std::move(message), .type = std::string(kSizeLimit)};
}

std::string_view record_error_message(const HttpError& error) {
  switch (error.status) {
    case 404:
      return "Nothing matches the given URI";
    case 405:
      return "Specified method is invalid for this resource";
    default:
      return error.message;
  }
}

void append_record_error(std::string& out, const HttpError& error) {
  out += R"({"error": {"type": )";
  append_json_string(out, type_of(error));
  out += R"(, "message": )";
  append_json_string(out, record_error_message(error));
  out += "}}";
}

HttpResponse record_error_response(const HttpError& error, const HttpRequest* request) {
  std::string body;
  append_record_error(body, error);
  HttpResponse response = HttpResponse::json(error.status, std::move(body));
  if (request != nullptr && request->method() == "HEAD")
    response.header("X-Error-Type", type_of(error))
        .header("X-Error-Message", record_error_message(error));
  return response;
}

}  // namespace ox
