#pragma once
// Which Content-Encoding an answer gets, by the request's Accept-Encoding (RFC 9110 section 12.5.3).
#include <string_view>

#include "common/http/http_fields.h"

namespace ox {

enum class ResponseEncoding { kIdentity, kGzip };

// gzip where the client takes it (named, or by "*") and does not name "identity" with a weight that
// is above zero and not below gzip's: Python's http.client sends "Accept-Encoding: identity", and
// who names it wants it, wherever in the list it stands. A field that cannot be read is passed over.
ResponseEncoding choose_encoding(const HttpFields& headers);
// "gzip"; "" for kIdentity.
std::string_view encoding_name(ResponseEncoding encoding);

}  // namespace ox
