#include "oxview/screen_rows.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("a screen is full with a line for each row, and one row is for the prompt") {
  ScreenRows rows({10, 3});
  rows.add("a\n");
  CHECK_FALSE(rows.full());
  rows.add("b\n");
  CHECK_FALSE(rows.full());
  rows.add("c\n");
  CHECK(rows.full());
}

TEST_CASE("long lines go on in the next row") {
  ScreenRows rows({10, 3});
  rows.add("0123456789\n0123456789");
  CHECK_FALSE(rows.full());
  rows.add("0");
  CHECK_FALSE(rows.full());
  rows.add("123456789x");
  CHECK(rows.full());
}

TEST_CASE("colours take no place, and characters one column, however they are cut") {
  const std::string line = "\x1b[1;31m\u00e4\u20ac\U0001f600\x1b[0m4567890\r\n";
  ScreenRows rows({10, 3});
  for (int i = 0; i < 2; ++i)
    for (char c : line) rows.add(std::string_view(&c, 1));
  CHECK_FALSE(rows.full());
  rows.add("\n");
  CHECK(rows.full());
}

}  // namespace ox
