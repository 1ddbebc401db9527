#pragma once
// Errors of the record API, with the type names that its clients know.
#include <string>
#include <string_view>

#include "common/http/http_response.h"

namespace ox {

HttpError http_error(int status, std::string message);  // "HTTPError"
HttpError model_error(std::string message);             // 400: not a record
HttpError missing_key_error(std::string_view key);      // the same
HttpError value_error(std::string message);             // 400: a value that means nothing
HttpError size_limit_error(std::string message);        // 413

// {"error": {"type": "HTTPError", "message": "..."}}: what append_record_error() adds to `out`, and
// what the response has. A HEAD request, which gets no body, has both in X-Error-Type and
// X-Error-Message.
void append_record_error(std::string& out, const HttpError& error);
HttpResponse record_error_response(const HttpError& error, const HttpRequest* request);

// What is said of an error: the record API has texts of its own for 404 and 405.
std::string_view record_error_message(const HttpError& error);

}  // namespace ox
