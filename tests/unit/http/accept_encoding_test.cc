#include "common/http/accept_encoding.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

bool compresses(std::string_view field) {
  HttpFields headers;
  headers.add("Accept-Encoding", field);
  return choose_encoding(headers) == ResponseEncoding::kGzip;
}

TEST_CASE("who takes gzip gets it") {
  for (const char* field :
       {"gzip", "GZIP", "x-gzip", "deflate, gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*",
        "gzip;q=0.001", "gzip;Q=1", "identity;q=0, gzip", "  gzip ; q=0.5 "})
    CHECK_MESSAGE(compresses(field), field);
}

TEST_CASE("who does not, or would rather not, does not") {
  for (const char* field : {"", "identity", "deflate", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0",
                            "gzip;q=2", "gzip;x=1", "gzip;q=", ";q=1", "gzip;q=0.5000"})
    CHECK_FALSE_MESSAGE(compresses(field), field);
}

TEST_CASE("identity that is named and not worth less wins, wherever it stands") {
  CHECK_FALSE(compresses("identity, gzip"));
  CHECK_FALSE(compresses("gzip, identity"));
  CHECK_FALSE(compresses("gzip;q=0.5, identity;q=0.5"));
  CHECK(compresses("gzip, identity;q=0.5"));
  CHECK(compresses("*, identity;q=0"));
}

TEST_CASE("several fields are one list, and none is none") {
  HttpFields headers;
  CHECK(choose_encoding(headers) == ResponseEncoding::kIdentity);
  headers.add("accept-encoding", "gzip");
  headers.add("Accept-Encoding", "identity");
  CHECK(choose_encoding(headers) == ResponseEncoding::kIdentity);
  CHECK(encoding_name(ResponseEncoding::kGzip) == "gzip");
  CHECK(encoding_name(ResponseEncoding::kIdentity).empty());
}

}  // namespace
}  // namespace ox
