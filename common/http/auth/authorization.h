#pragma once
// What the value of an Authorization header says (RFC 9110, section 11.6.2; RFC 7617 for Basic).
// Pure functions over the header's value without the blanks around it; "" stands for no header. A
// request with several Authorization headers is the server's to refuse.
#include <string>
#include <string_view>

namespace ox {

// "Basic YTpi" cut at its first run of blanks: scheme "Basic", rest "YTpi". A value without a blank
// is all scheme. Views into `value`.
struct SchemeAndRest {
  std::string_view scheme;
  std::string_view rest;
};
SchemeAndRest split_authorization(std::string_view value);

struct BasicHeader {
  enum class Kind {
    kNone,         // no header
    kOtherScheme,  // not "Basic": for who only takes Basic, as good as none
    kUndecodable,  // "Basic" with something that is not the base64 of "user:password": answer 400
    kCredentials,
  };
  Kind kind = Kind::kNone;
  // With kCredentials: UTF-8. Bytes that were no UTF-8 are read as ISO 8859-1, which older clients
  // send. The user name ends at the first colon; either may be empty.
  std::string user;
  std::string password;
};
BasicHeader parse_basic(std::string_view value);

// The token behind "Bearer", "Token", "ApiKey" or "Splunk" (of any case), or "" when the value
// begins with none of them. View into `value`.
std::string_view token_behind_scheme(std::string_view value);

}  // namespace ox
