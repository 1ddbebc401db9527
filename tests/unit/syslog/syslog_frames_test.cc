#include "common/ingest/syslog/syslog_frames.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

using namespace std::string_literals;
using Texts = std::vector<std::string>;

// The frames of a stream that arrives in pieces of `step` bytes; "..." is more to come of a line,
// "!" a broken stream, "?" a pickle.
Texts frames_of(const std::string& stream, std::size_t step, std::size_t max_frame = 100) {
  SyslogFrames frames(max_frame);
  Texts out;
  std::string waiting;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    waiting += stream.substr(at, step);
    std::size_t used = 0;
    SyslogFrames::Frame frame;
    for (bool more = true; more;) {
      switch (frames.next(waiting, used, frame)) {
        case SyslogFrames::Outcome::kFrame:
          out.push_back((frame.starts ? "" : "...") + std::string(frame.text) +
                        (frame.ends ? "" : "..."));
          break;
        case SyslogFrames::Outcome::kMore:
          more = false;
          break;
        case SyslogFrames::Outcome::kBroken:
          out.emplace_back("!");
          return out;
        case SyslogFrames::Outcome::kPickle:
          out.emplace_back("?");
          return out;
      }
    }
    waiting.erase(0, used);
  }
  SyslogFrames::Frame rest;
  if (frames.rest(waiting, rest)) out.push_back("rest:" + std::string(rest.text));
  return out;
}

void check_frames(const std::string& stream, const Texts& expected, std::size_t max_frame = 100) {
  for (std::size_t step : {1UL, 2UL, 3UL, 7UL, 1000UL}) {
    CAPTURE(step);
    CHECK(frames_of(stream, step, max_frame) == expected);
  }
}

TEST_CASE("counted octets") {
  check_frames("19 <13>1 - - - - - - x20 <14>1 - - - - - - yz",
               {"<13>1 - - - - - - x", "<14>1 - - - - - - yz"});
  check_frames("5 a\nb\0c3 xyz"s, {"a\nb\0c"s, "xyz"});
}

TEST_CASE("lines") {
  check_frames("<13>a\n<14>b\r\n<15>c", {"<13>a", "<14>b", "rest:<15>c"});
  check_frames("hello\n\n\r\nworld\n", {"hello", "world"});
}

TEST_CASE("each frame says how it ends") {
  check_frames("<13>a\n3 b\nc<13>d\n", {"<13>a", "b\nc", "<13>d"});
}

TEST_CASE("a first frame that a NUL ends makes line feeds a part of the text") {
  check_frames("<11>one\0<11>two\nlines\0<11>x\0"s, {"<11>one", "<11>two\nlines", "<11>x"});
  // With lines first, a NUL still ends a frame.
  check_frames("<11>a\n<11>b\0<11>c\n"s, {"<11>a", "<11>b", "<11>c"});
  // Counted frames decide nothing.
  check_frames("1 x<11>a\0<11>b\nc\0"s, {"x", "<11>a", "<11>b\nc"});
}

TEST_CASE("a length that is none, or too large, breaks the stream") {
  check_frames("2017-07-14 hello\n", {"!"});
  check_frames("101 " + std::string(101, 'x'), {"!"});
  check_frames("100 " + std::string(100, 'x'), {std::string(100, 'x')});
  check_frames("12345678901 x", {"!"});
  check_frames("<13>a\n99999999999", {"<13>a", "!"});
}

TEST_CASE("a line over the limit comes in pieces") {
  check_frames("0123456789abcdef\nxy\n"s.replace(0, 1, "a"), {"a123456789...", "...abcdef", "xy"},
               10);
  check_frames("abcdefghij\nxy\n", {"abcdefghij", "xy"}, 10);
  check_frames("abcdefghij7 xyz\n", {"abcdefghij...", "...7 xyz"}, 10);
}

TEST_CASE("pickles are found at the beginning") {
  check_frames("\0\0\x01\xd3}q\0(X\1"s, {"?"});
  check_frames("\0<13>abc\n"s, {"<13>abc"});
}

TEST_CASE("what is left at the end") {
  check_frames("<13>a", {"rest:<13>a"});
  check_frames("19 <13>1 - - - -", {"rest:<13>1 - - - -"});
  check_frames("<13>a\n\r", {"<13>a"});
  check_frames("12", {});
  check_frames("abcdefghijklm", {"abcdefghij...", "rest:klm"}, 10);
}

}  // namespace
}  // namespace ox
