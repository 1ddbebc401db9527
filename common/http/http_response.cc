#include "common/http/http_response.h"

#include "common/base/status.h"
#include "common/http/http_fields.h"
#include "proto/json.h"

namespace ox {
namespace {

bool added_by_server(std::string_view name) {
  for (std::string_view own : {"Date", "Content-Length", "Connection", "Transfer-Encoding"})
    if (equals_ignoring_case(name, own)) return true;
  return false;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

std::string_view error_type(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 408:
      return "request_timeout";
    case 413:
      return "too_large";
    case 415:
      return "unsupported_encoding";
    case 417:
      return "expectation_failed";
    case 429:
      return "too_many_requests";
    case 431:
      return "headers_too_large";
    case 501:
      return "not_implemented";
    case 503:
      return "unavailable";
    case 505:
      return "version_not_supported";
    default:
      return status >= 500 ? "internal" : "error";
  }
}

HttpResponse::HttpResponse(int status) : status_(status) {
  OX_CHECK(status >= 200 && status <= 599);
}

HttpResponse::HttpResponse(int status, std::string_view content_type, std::string body)
    : HttpResponse(status) {
  body_ = std::move(body);
  header("Content-Type", content_type);
}

HttpResponse HttpResponse::json(int status, std::string body) {
  return HttpResponse(status, "application/json", std::move(body));
}

HttpResponse HttpResponse::text(int status, std::string body) {
  return HttpResponse(status, "text/plain; charset=utf-8", std::move(body));
}

HttpResponse& HttpResponse::header(std::string_view name, std::string_view value) {
  OX_CHECK(is_token(name) && !added_by_server(name));
  fields_.reserve(fields_.size() + name.size() + value.size() + 4);
  fields_.append(name).append(": ");
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    fields_.push_back(byte < 0x20 || byte == 0x7f ? ' ' : c);
  }
  fields_.append("\r\n");
  return *this;
}

HttpResponse& HttpResponse::retry_after(Seconds seconds) {
  return header("Retry-After", std::to_string(seconds.count()));
}

HttpResponse& HttpResponse::body(std::string bytes) {
  body_ = std::move(bytes);
  return *this;
}

HttpResponse& HttpResponse::close() {
  close_ = true;
  return *this;
}

HttpResponse default_error_response(const HttpError& error, const HttpRequest*) {
  std::string body = R"({"error":{"type":)";
  append_json_string(body, error.type.empty() ? error_type(error.status) : error.type);
  body += R"(,"message":)";
  append_json_string(body, error.message);
  body += "}}";
  return HttpResponse::json(error.status, std::move(body));
}

HttpResponse make_error_response(const HttpErrorFormatter& formatter, const HttpError& error,
                                 const HttpRequest* request) {
  HttpResponse response =
      formatter ? formatter(error, request) : default_error_response(error, request);
  if (!error.allow.empty()) response.header("Allow", error.allow);
  if (!error.challenge.empty()) response.header("WWW-Authenticate", error.challenge);
  if (error.retry_after.count() > 0) response.retry_after(error.retry_after);
  return response;
}

}  // namespace ox
