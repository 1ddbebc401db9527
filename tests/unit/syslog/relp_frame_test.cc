#include "common/ingest/syslog/relp_frame.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

// "number/command/data" of the first frame, and what is left; "more" or "broken".
std::string relp_read(const std::string& bytes, std::size_t max_data = 100) {
  RelpFrame frame;
  std::size_t at = 0;
  switch (next_relp_frame(bytes, at, max_data, frame)) {
    case RelpOutcome::kFrame:
      return std::to_string(frame.transaction) + "/" + std::string(frame.command) + "/" +
             std::string(frame.data) + "|" + bytes.substr(at);
    case RelpOutcome::kMore:
      CHECK(at == 0);
      return "more";
    case RelpOutcome::kBroken:
      CHECK(at == 0);
      return "broken";
  }
  return {};
}

TEST_CASE("frames with and without data") {
  CHECK(relp_read("2 syslog 5 hello\nrest") == "2/syslog/hello|rest");
  CHECK(relp_read("3 close 0\n") == "3/close/|");
  CHECK(relp_read("3 close 0 \n") == "3/close/|");
  CHECK(relp_read("999999999 syslog 3 a\nb\n") == "999999999/syslog/a\nb|");
}

TEST_CASE("a frame may come in any pieces") {
  const std::string frame = "12 syslog 5 hello\n";
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_MESSAGE(relp_read(frame.substr(0, size)) == "more", size);
}

TEST_CASE("what is no frame is broken") {
  for (const char* bytes : {"x", " 1 syslog 0\n", "-1 syslog 0\n", "1234567890 syslog 0\n",
                            "1  syslog 0\n", "1 SYSLOG 0\n", "1 syslog x\n", "1 syslog 3abc\n",
                            "1 syslog 3 abcd\n", "1 syslog 1234567890 x", "1 syslog 101 ",
                            "<13>hello\n", "1\n", "1 syslog\n", "1 syslog 0x"})
    CHECK_MESSAGE(relp_read(bytes) == "broken", bytes);
  CHECK(relp_read("1 " + std::string(40, 'x') + " 0\n") == "broken");
}

TEST_CASE("what is written can be read") {
  std::string out;
  append_relp_frame(out, {7, "rsp", "200 OK"});
  append_relp_frame(out, {8, "rsp", ""});
  CHECK(out == "7 rsp 6 200 OK\n8 rsp 0\n");
}

}  // namespace
}  // namespace ox
