#include "common/http/http_response.h"

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "common/http/http_date.h"

namespace ox {

TEST_CASE("fields are kept in order") {
  auto response = HttpResponse::json(201, "{}").header("Location", "/x").retry_after(Seconds(5));
  CHECK(response.status() == 201);
  CHECK(response.fields() ==
        "Content-Type: application/json\r\nLocation: /x\r\nRetry-After: 5\r\n");
}

TEST_CASE("what a client sent cannot split the head") {
  HttpResponse response;
  response.header("X", "a\r\nSet-Cookie: b\x7f");
  CHECK(response.fields() == "X: a  Set-Cookie: b \r\n");
}

TEST_CASE("an error has a type and a message, and the fields it asks for") {
  auto response =
      make_error_response({}, {.status = 405, .message = "no \"x\"", .allow = "GET"}, nullptr);
  CHECK(response.status() == 405);
  CHECK(response.body() == R"({"error":{"type":"method_not_allowed","message":"no \"x\""}})");
  CHECK(response.fields() == "Content-Type: application/json\r\nAllow: GET\r\n");
  response = make_error_response(
      {}, {.status = 503, .message = "later", .type = "busy", .retry_after = Seconds(2)}, nullptr);
  CHECK(response.body() == R"({"error":{"type":"busy","message":"later"}})");
  CHECK(response.fields().find("Retry-After: 2\r\n") != std::string::npos);
}

TEST_CASE("a formatter gives errors another shape, and the fields are added") {
  HttpErrorFormatter formatter = [](const HttpError& error, const HttpRequest*) {
    return HttpResponse::text(error.status, "E:" + error.message);
  };
  auto response = make_error_response(formatter, {.status = 404, .message = "x"}, nullptr);
  CHECK(response.body() == "E:x");
}

TEST_CASE("HTTP dates are in the fixed form") {
  CivilTime time{1994, 11, 6, 8, 49, 37, 0};
  CHECK(http_date(from_utc(time)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(WallTime(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(http_date(Seconds(951782400)) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

}  // namespace ox
