#include "oxctl/table.h"

#include <doctest/doctest.h>

#include "oxctl/printable.h"

using namespace ox;

static Table sample() {
  Table table({{"NAME", false, true}, {"COUNT", true}, {"EMPTY"}, {"STATE"}});
  table.add({std::string("a"), std::string("7"), std::string(), std::string("ok")});
  table.add({std::string("a-much-longer-name"), std::string("1000"), std::string(),
             std::string("failed")});
  return table;
}

TEST_CASE("columns line up, and one with nothing in it is left out") {
  CHECK(sample().lines({}) == std::vector<std::string>{"NAME                COUNT  STATE",
                                                       "a                       7  ok",
                                                       "a-much-longer-name   1000  failed"});
}

TEST_CASE("a line that is too long loses elastic width first, then columns from the right") {
  Layout layout;
  layout.width = 28;
  CHECK(sample().lines(layout)[2] == "a-much-longe…   1000  failed");
  layout.width = 20;
  CHECK(sample().lines(layout)[2] == "a-much-long…   1000");
  layout.width = 10;
  CHECK(sample().lines(layout)[2] == "a-much-lo…");
}

TEST_CASE("no line is wider than the layout") {
  for (std::size_t width = 1; width < 50; ++width) {
    Layout layout;
    layout.width = width;
    for (const std::string& line : sample().lines(layout)) CHECK(display_width(line) <= width);
  }
}

TEST_CASE("colour is there only when the layout has it, and outside the padding") {
  Table table({{"STATE"}, {"N", true}});
  table.add({Cell("bad", Tone::kBad), Cell("1")});
  CHECK(table.lines({})[1] == "bad    1");
  Layout layout;
  layout.colour = true;
  CHECK(table.lines(layout)[1] == "\x1b[1;31mbad\x1b[0m    1");
}
