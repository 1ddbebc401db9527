#pragma once
// Answers in Elasticsearch's shapes: with the header by which its clients know it, and the media type
// that they ask for.
#include <string>
#include <string_view>

#include "common/http/http_response.h"

namespace ox {

class HttpRequest;

// The media type of answers to this request: what Accept has of Elasticsearch's own
// ("application/vnd.elasticsearch+json; compatible-with=8"), otherwise application/json.
std::string es_media_type(const HttpRequest* request);

HttpResponse es_response(int status, std::string_view media_type, std::string body);

// The type of an error without one of its own: "security_exception" for 401.
std::string_view es_error_type(int status);

// "error":{"root_cause":[{"type","reason"}],"type","reason"},"status":N
void append_es_error(std::string& out, const HttpError& error);
// The same as an object: for mounts.
HttpResponse es_error_response(const HttpError& error, const HttpRequest* request);

}  // namespace ox
