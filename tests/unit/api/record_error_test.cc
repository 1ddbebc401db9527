#include "common/ingest/api/chronologer/record_error.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

std::string body_of(const HttpError& error) { return record_error_response(error, nullptr).body(); }

TEST_CASE("errors have the types and the words that Chronologer's clients know") {
  CHECK(body_of(missing_key_error("name")) ==
        R"({"error": {"type": "ModelError", "message": "Key \"name\" is missing"}})");
  CHECK(body_of(value_error("v")) == R"({"error": {"type": "ValueError", "message": "v"}})");
  CHECK(body_of({.status = 404, .message = "whatever"}) ==
        R"({"error": {"type": "HTTPError", "message": "Nothing matches the given URI"}})");
  CHECK(body_of({.status = 405, .message = "whatever"}) ==
        R"({"error": {"type": "HTTPError", )"
        R"("message": "Specified method is invalid for this resource"}})");
  CHECK(body_of({.status = 413, .message = "m"}) ==
        R"({"error": {"type": "StorageSizeLimitError", "message": "m"}})");
}

TEST_CASE("an error is answered with its status") {
  CHECK(record_error_response(model_error("m"), nullptr).status() == 400);
  CHECK(record_error_response(size_limit_error("m"), nullptr).status() == 413);
  CHECK(record_error_response(http_error(415, "m"), nullptr).status() == 415);
}

}  // namespace
}  // namespace ox
