#include "oxctl/printable.h"

#include <doctest/doctest.h>

using namespace ox;

TEST_CASE("control characters cannot reach the terminal") {
  CHECK(printable("a\x1b[2J\x07\nb") ==
        "a\\x1b[2J\\x07\\x0a"
        "b");
  CHECK(printable("\xc2\x9b") == "\\x9b");
  CHECK(printable("\xe2\x80\xae") == "\\u202e");
}

TEST_CASE("ordinary text of any language stays as it is") {
  CHECK(printable("request.db") == "request.db");
  CHECK(printable("grün 日本") == "grün 日本");
}

TEST_CASE("bytes that are no UTF-8 become replacement characters") {
  CHECK(printable("a\xff"
                  "b") ==
        "a\xef\xbf\xbd"
        "b");
}

TEST_CASE("endless text is cut") {
  CHECK(printable(std::string(100'000, 'x'), 10) == "xxxxxxxxx…");
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += "\xcc\x81";
  CHECK(printable(marks, 10).size() < 200);
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(display_width("grün") == 4);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
}

TEST_CASE("clip keeps whole characters within the columns") {
  CHECK(clip("abcdef", 6) == "abcdef");
  CHECK(clip("abcdef", 4) == "abc…");
  CHECK(clip("日本語", 4) == "日…");
  CHECK(clip("abc", 0) == "");
}
