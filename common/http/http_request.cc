#include "common/http/http_request.h"

namespace ox {

HttpPairs HttpRequest::query() const {
  // The limit on the head bounds the number of pairs.
  return parse_pairs(raw_query_, raw_query_.size()).value();
}

std::string_view HttpRequest::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters_)
    if (key == name) return value;
  return {};
}

}  // namespace ox
