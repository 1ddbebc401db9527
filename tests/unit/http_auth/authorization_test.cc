#include "common/http/auth/authorization.h"

#include <doctest/doctest.h>

namespace ox {

using Kind = BasicHeader::Kind;

TEST_CASE("Basic credentials are read as RFC 7617 has them") {
  BasicHeader basic = parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(basic.kind == Kind::kCredentials);
  CHECK(basic.user == "Aladdin");
  CHECK(basic.password == "open sesame");
  CHECK(parse_basic("bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ==").user == "Aladdin");
}

TEST_CASE("the user name ends at the first colon, and both sides may be empty") {
  BasicHeader basic = parse_basic("Basic YTpiOmM=");  // a:b:c
  CHECK(basic.user == "a");
  CHECK(basic.password == "b:c");
  basic = parse_basic("Basic Og==");  // :
  CHECK(basic.kind == Kind::kCredentials);
  CHECK(basic.user.empty());
  CHECK(basic.password.empty());
  CHECK(parse_basic("Basic bG9nZ2VyOg==").user == "logger");  // logger:
}

TEST_CASE("credentials are UTF-8, or else ISO 8859-1") {
  CHECK(parse_basic("Basic dGVzdDoxMjPCow==").password == "123\xc2\xa3");
  CHECK(parse_basic("Basic dGVzdDoxMjOj").password == "123\xc2\xa3");
  CHECK(parse_basic("Basic Ou+/vQ==").password == "\xef\xbf\xbd");  // U+FFFD itself
}

TEST_CASE("a Basic header that cannot be decoded is told apart from none and from others") {
  CHECK(parse_basic("").kind == Kind::kNone);
  CHECK(parse_basic("  ").kind == Kind::kNone);
  for (const char* value : {"Bearer x", "Token x", "Basically x", "HMAC 00", "t", "Basic:YTpi"}) {
    CAPTURE(value);
    CHECK(parse_basic(value).kind == Kind::kOtherScheme);
  }
  for (const char* value : {"Basic", "Basic ", "Basic !!!", "Basic YTpi YTpi",
                            "Basic YWI=", "Basic YTpi=", "Basic YTp", "basic a:b"}) {
    CAPTURE(value);
    CHECK(parse_basic(value).kind == Kind::kUndecodable);
    CHECK(parse_basic(value).password.empty());
  }
}

TEST_CASE("tokens are found behind the schemes that senders use") {
  CHECK(token_behind_scheme("Bearer abc") == "abc");
  CHECK(token_behind_scheme("bearer \t abc ") == "abc");
  CHECK(token_behind_scheme("Token abc") == "abc");
  CHECK(token_behind_scheme("ApiKey YTpi") == "YTpi");
  CHECK(token_behind_scheme("Splunk 11111111-2222") == "11111111-2222");
  CHECK(token_behind_scheme("Basic YTpi").empty());
  CHECK(token_behind_scheme("Bearer").empty());
  CHECK(token_behind_scheme("abc").empty());
  CHECK(token_behind_scheme("").empty());
}

}  // namespace ox
