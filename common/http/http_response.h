#pragma once
// What is answered. The server itself adds Date, Content-Length and Connection, and leaves the body
// out where there must be none (HEAD, 204, 304).
#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace ox {

class HttpRequest;

// "OK" for 200; "Unknown" for what HTTP does not know.
std::string_view reason_phrase(int status);

class HttpResponse {
 public:
  // `status` is 200 to 599 (checked): there are no interim answers.
  explicit HttpResponse(int status = 200);
  HttpResponse(int status, std::string_view content_type, std::string body);
  static HttpResponse json(int status, std::string body);
  static HttpResponse text(int status, std::string body);

  // Adds a field. `name` must be a token and none of those that the server adds (checked); control
  // characters in `value` become spaces, so that nothing of a client's splits the head.
  HttpResponse& header(std::string_view name, std::string_view value);
  HttpResponse& retry_after(Seconds seconds);
  HttpResponse& body(std::string bytes);
  // The connection ends with this answer.
  HttpResponse& close();

  int status() const { return status_; }
  const std::string& body() const { return body_; }
  std::string& body() { return body_; }
  // The fields as sent: "Name: value\r\n" each.
  const std::string& fields() const { return fields_; }
  bool closes() const { return close_; }

 private:
  int status_;
  bool close_ = false;
  std::string fields_;
  std::string body_;
};

// An error on its way to the client, before an API has given it its own shape.
struct HttpError {
  int status = 500;
  std::string message;               // for people: what was wrong
  std::string type = {};             // for programs; empty: error_type(status)
  std::string allow = {};            // 405: the methods that are allowed, "GET, HEAD"
  Seconds retry_after = Seconds(0);  // 0: no such field
  std::string challenge = {};        // 401: what WWW-Authenticate says
};

// "not_found" for 404 and so on; what the default body has as its type.
std::string_view error_type(int status);

// Makes the answer of an error. The request is nullptr when it could not even be parsed. Called on
// an I/O thread or on the thread that answers; Allow and Retry-After are added to what it returns.
using HttpErrorFormatter = std::function<HttpResponse(const HttpError&, const HttpRequest*)>;

// {"error":{"type":"not_found","message":"..."}}
HttpResponse default_error_response(const HttpError& error, const HttpRequest* request);

// `formatter` (the default one when empty), and the fields that `error` asks for.
HttpResponse make_error_response(const HttpErrorFormatter& formatter, const HttpError& error,
                                 const HttpRequest* request);

}  // namespace ox
