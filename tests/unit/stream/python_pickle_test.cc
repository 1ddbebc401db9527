#include "common/ingest/stream/python_pickle.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

using namespace std::string_literals;

TEST_CASE("what Python's SocketHandler sends is known by its beginning") {
  CHECK(begins_like_pickle("\x00\x00\x01\xd3}q\x00(X"s));          // protocol 1, as of Python 3
  CHECK(begins_like_pickle("\x00\x00\x00\x10\x80\x04\x95\x00"s));  // protocol 4
  CHECK(begins_like_pickle("\x00\x00\x00\x10\x80\x02}q"s));
  CHECK(begins_like_pickle("\x00\x00\x01\xd3(dp0"s));  // protocol 0
}

TEST_CASE("nothing else is") {
  CHECK(!begins_like_pickle(""));
  CHECK(!begins_like_pickle("\x00\x00\x01\xd3}"s));
  CHECK(!begins_like_pickle("<13>hello"));
  CHECK(!begins_like_pickle("{\"n\":1}"));
  CHECK(!begins_like_pickle("\x00\x00\x00\x00\x1c\x00\x00\x00"s));  // Cap'n Proto
  CHECK(!begins_like_pickle("\x00<13>hello"s));
  CHECK(!begins_like_pickle("\x00\x00\x00\x01}q"s));  // no room for it
  CHECK(!begins_like_pickle("\x7f\x00\x00\x01}q"s));
  CHECK(!begins_like_pickle("\x00\x00\x00\x10\x80\x09"s));
}

}  // namespace
}  // namespace ox
