#include "common/http/exchange.h"

namespace ox {

HttpResponse error_response(const HttpExchange& exchange, const HttpError& error) {
  static const HttpErrorFormatter kNone;
  const auto& formatter = exchange.formatter ? exchange.formatter : exchange.default_formatter;
  // An exchange whose head could not be parsed has no request to show.
  const HttpRequest* request = exchange.request.method().empty() ? nullptr : &exchange.request;
  return make_error_response(formatter ? *formatter : kNone, error, request);
}

}  // namespace ox
