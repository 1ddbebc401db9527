#include "common/ingest/api/elasticsearch/es_response.h"

#include <utility>

#include <fmt/format.h>

#include "common/http/http_request.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kEsMediaType = "application/vnd.elasticsearch+json";
constexpr std::size_t kMaxMediaType = 100;

}  // namespace

std::string es_media_type(const HttpRequest* request) {
  if (request != nullptr)
    for (std::string_view value : request->headers().all("accept"))
      for (std::string_view one : split_list(value))
        if (one.size() <= kMaxMediaType && one.starts_with(kEsMediaType)) return std::string(one);
  return "application/json";
}

HttpResponse es_response(int status, std::string_view media_type, std::string body) {
  HttpResponse response(status, media_type, std::move(body));
  response.header("X-Elastic-Product", "Elasticsearch");
  return response;
}

std::string_view es_error_type(int status) {
  switch (status) {
    case 401:
    case 403:
      return "security_exception";
    case 404:
      return "resource_not_found_exception";
    case 413:
      return "content_too_long_exception";
    case 415:
      return "media_type_header_exception";
    case 429:
      return "es_rejected_execution_exception";
    case 503:
      return "unavailable_shards_exception";
    default:
      return status >= 500 ? "exception" : "illegal_argument_exception";
  }
}

void append_es_error(std::string& out, const HttpError& error) {
  std::string cause = R"("type":)";
  append_json_string(cause, error.type.empty() ? es_error_type(error.status) : error.type);
  cause += R"(,"reason":)";
  append_json_string(cause, error.message);
  fmt::format_to(std::back_inserter(out), R"("error":{{"root_cause":[{{{}}}],{}}},"status":{})",
                 cause, cause, error.status);
}

HttpResponse es_error_response(const HttpError& error, const HttpRequest* request) {
  std::string body = "{";
  append_es_error(body, error);
  body.push_back('}');
  HttpResponse response = es_response(error.status, es_media_type(request), std::move(body));
  if (error.status == 401) response.header("WWW-Authenticate", "Basic realm=\"oxd\"");
  return response;
}

}  // namespace ox
