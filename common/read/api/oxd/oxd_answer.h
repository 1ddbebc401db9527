#pragma once
#include <variant>

#include "common/http/http_response.h"

namespace ox {

// Of a request to our own API. monostate: it was answered already.
using OxdAnswer = std::variant<HttpResponse, HttpError, std::monostate>;

}  // namespace ox
