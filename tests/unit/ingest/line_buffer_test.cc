#include "common/ingest/line_buffer.h"

#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

using Lines = std::vector<std::string>;

// What comes out when `text` arrives in chunks of `chunk` bytes: pieces end in '+'.
Lines cut(std::string_view text, std::size_t max_line, std::size_t chunk, bool rest = true) {
  LineBuffer buffer(max_line);
  Lines out;
  LineBuffer::Line line;
  std::size_t size = 0;
  auto take = [&] {
    out.push_back(std::string(line.text) + (line.ends ? "" : "+"));
    size += line.size;
    buffer.pop(line);
  };
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    buffer.append(text.substr(at, chunk));
    while (buffer.peek(line)) take();
  }
  if (rest && buffer.peek_rest(line)) take();
  if (rest) CHECK(size == text.size());
  return out;
}

TEST_CASE("lines are the same wherever the reads are cut") {
  std::string_view text = "one\n\n two \r\n\nthree x\nlast";
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    CAPTURE(chunk);
    CHECK(cut(text, 100, chunk) == cut(text, 100, text.size()));
  }
  CHECK(cut("one\n\n two \r\n\nlast", 100, 100) == Lines{"one", "", "two", "", "last"});
}

TEST_CASE("lines are stripped at both ends as Python does it, and NUL stays") {
  using namespace std::string_literals;
  CHECK(cut("\t\v\f\r a b \r\f\v\t \n"s, 100, 100) == Lines{"a b"});
  CHECK(cut("\0 x \0\n"s, 100, 100) == Lines{"\0 x \0"s});
  CHECK(cut("\x1c\xa0\n"s, 100, 100) == Lines{"\x1c\xa0"s});
}

TEST_CASE("an incomplete line waits") {
  LineBuffer buffer(100);
  LineBuffer::Line line;
  buffer.append("abc");
  CHECK(!buffer.peek(line));
  buffer.append("def");
  CHECK(!buffer.peek(line));
  buffer.append("\n");
  REQUIRE(buffer.peek(line));
  CHECK(line.text == "abcdef");
  CHECK(line.size == 7);
}

TEST_CASE("a line that was not popped is given again") {
  LineBuffer buffer(100);
  LineBuffer::Line line;
  buffer.append("a\nb\n");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(buffer.peek(line));
    CHECK(line.text == "a");
  }
  buffer.pop(line);
  REQUIRE(buffer.peek(line));
  CHECK(line.text == "b");
}

TEST_CASE("a line over the limit comes in pieces without losing a byte") {
  CHECK(cut("12345678\n", 8, 100) == Lines{"12345678"});
  CHECK(cut("123456789\n", 8, 100) == Lines{"12345678+", "9"});
  CHECK(cut("1234567890123456\nx\n", 8, 100) == Lines{"12345678+", "90123456", "x"});
  CHECK(cut("12345678901234567", 8, 100) == Lines{"12345678+", "90123456+", "7"});
  for (std::size_t chunk = 1; chunk < 20; ++chunk)
    CHECK(cut("12345678901234567\nab\n", 8, chunk) == Lines{"12345678+", "90123456+", "7", "ab"});
}

TEST_CASE("blanks at the seam of two pieces stay, those at the ends of the line go") {
  CHECK(cut("  345678   23  \n", 8, 100) == Lines{"345678+", "   23"});
  CHECK(cut("12345    0  \n", 8, 100) == Lines{"12345   +", " 0"});
}

TEST_CASE("a piece does not end inside a UTF-8 character") {
  CHECK(cut("1234567\u00e9x\n", 8, 100) == Lines{"1234567+", "\u00e9x"});
  CHECK(cut("123456\u20acx\n", 8, 100) == Lines{"123456+", "\u20acx"});
  CHECK(cut("12345\U0001f600x\n", 8, 100) == Lines{"12345+", "\U0001f600x"});
  CHECK(cut("123456\u00e9x\n", 8, 100) == Lines{"123456\u00e9+", "x"});
  // Bytes that are no UTF-8 are cut anywhere.
  CHECK(cut("\x80\x80\x80\x80\x80\x80\x80\x80\x80\n", 8, 100) ==
        Lines{"\x80\x80\x80\x80\x80\x80\x80\x80+", "\x80"});
}

TEST_CASE("the rest of a line begun elsewhere is no start of a line") {
  LineBuffer buffer(100, true);
  LineBuffer::Line line;
  buffer.append("  tail\nnext\n");
  REQUIRE(buffer.peek(line));
  CHECK(line.text == "  tail");
  CHECK(!line.starts);
  CHECK(line.ends);
  buffer.pop(line);
  REQUIRE(buffer.peek(line));
  CHECK(line.starts);
}

TEST_CASE("blank means a whole line of blanks, not the end of a long one") {
  LineBuffer buffer(4);
  LineBuffer::Line line;
  buffer.append(" \t\n12345\r\n");
  buffer.append("");
  REQUIRE(buffer.peek(line));
  CHECK(line.blank());
  buffer.pop(line);
  REQUIRE(buffer.peek(line));
  buffer.pop(line);
  REQUIRE(buffer.peek(line));
  CHECK(line.text == "5");
  CHECK(!line.blank());
}

}  // namespace
}  // namespace ox
