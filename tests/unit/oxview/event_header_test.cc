#include "oxview/event_header.h"

#include <limits>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "proto/event_view.h"

namespace ox {
namespace {

template <typename Pack>
std::string header(Pack pack, Controls controls = Controls::kKeep) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  pack(packer);
  auto decoded = Decoded::decode({buffer.data(), buffer.size()});
  REQUIRE(decoded.ok());
  std::string out;
  append_event_header(out, decoded->root(), controls);
  return out;
}

std::string header_of_times(double start, double end) {
  return header([&](auto& p) {
    p.pack_map(6);
    p.pack("type"), p.pack("t"), p.pack("id"), p.pack("i"), p.pack("host"), p.pack("h");
    p.pack("pid"), p.pack(1), p.pack("start"), p.pack(start), p.pack("end"), p.pack(end);
  });
}

}  // namespace

TEST_CASE("the header of the reference event (B16)") {
  std::string bytes = from_hex(
      "87a26964da00203539363832663030"
      "303030303030303030303030303030303030303030303030"
      "a474797065aa726571756573742e6462a4686f7374a57765622d31a3706964cd1092a57374617274"
      "cb41d65a0bc0000000a3656e64cb41d65a0bc0100000a4626f647981a57175657279a853454c4543542031");
  auto decoded = Decoded::decode(bytes);
  REQUIRE(decoded.ok());
  std::string out;
  append_event_header(out, decoded->root(), Controls::kKeep);
  CHECK(out == "=== request.db (59682f000000@web-1:4242)  (250 ms)");
}

TEST_CASE("durations below two seconds are in milliseconds, others in seconds") {
  CHECK(header_of_times(0, 0) == "=== t (i@h:1)  (0 ms)");
  CHECK(header_of_times(0, 0.0016) == "=== t (i@h:1)  (2 ms)");
  CHECK(header_of_times(0, 1.9994) == "=== t (i@h:1)  (1999 ms)");
  CHECK(header_of_times(10, 12) == "=== t (i@h:1)  (2.0 s)");
  CHECK(header_of_times(0, 12.34) == "=== t (i@h:1)  (12.3 s)");
  CHECK(header_of_times(3, 0) == "=== t (i@h:1)  (-3000 ms)");
}

TEST_CASE("times that make no sense make no crash") {
  double inf = std::numeric_limits<double>::infinity();
  CHECK(header_of_times(0, inf) == "=== t (i@h:1)  (inf s)");
  CHECK(header_of_times(inf, 0) == "=== t (i@h:1)  (-inf s)");
  CHECK(header_of_times(0, inf - inf).starts_with("=== t (i@h:1)  ("));
  CHECK(header_of_times(1e300, 0).starts_with("=== t (i@h:1)  (-1"));
}

TEST_CASE("when something is missing the header is short") {
  for (const char* missing : {"host", "pid", "start", "end"}) {
    CAPTURE(missing);
    auto text = header([&](auto& p) {
      p.pack_map(6);
      p.pack("type"), p.pack("t"), p.pack("id"), p.pack("0123456789abcdef");
      for (std::string key : {"host", "pid", "start", "end"})
        p.pack(key == missing ? "other" : key), p.pack(5);
    });
    CHECK(text == "=== t (0123456789abcdef)");
  }
  CHECK(header([](auto& p) { p.pack_map(1), p.pack("type"), p.pack("t"); }) == "=== t (?)");
  CHECK(header([](auto& p) { p.pack_map(1), p.pack("id"), p.pack("i"); }) == "=== ? (i)");
}

TEST_CASE("events that are no map, and odd values, have a header too") {
  CHECK(header([](auto& p) { p.pack(7); }) == "=== ? (?)");
  CHECK(header([](auto& p) { p.pack_array(0); }) == "=== ? (?)");
  CHECK(header([](auto& p) {
          p.pack_map(2), p.pack("type"), p.pack_array(1), p.pack("x"), p.pack("id"), p.pack(1);
        }) == "=== [\"x\"] (1)");
}

TEST_CASE("an id is cut at characters, not at bytes") {
  auto text = header([](auto& p) {
    p.pack_map(6);
    p.pack("type"), p.pack("t"), p.pack("id");
    p.pack("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9xyz");
    p.pack("host"), p.pack("h"), p.pack("pid"), p.pack(1);
    p.pack("start"), p.pack(1), p.pack("end"), p.pack(1);
  });
  CHECK(text ==
        "=== t (\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "xy@h:1)  (0 ms)");
}

TEST_CASE("on a terminal a header cannot control it; elsewhere it is left alone") {
  auto pack = [](auto& p) {
    p.pack_map(2), p.pack("type"), p.pack("a\x1b]0;x\x07"), p.pack("id"), p.pack("\x1b[2J");
  };
  CHECK(header(pack, Controls::kEscape) == R"(=== a\x1b]0;x\x07 (\x1b[2J))");
  CHECK(header(pack, Controls::kKeep) == "=== a\x1b]0;x\x07 (\x1b[2J)");
  auto invalid = [](auto& p) { p.pack_map(1), p.pack("type"), p.pack("\xff"); };
  CHECK(header(invalid, Controls::kKeep) == "=== \xef\xbf\xbd (?)");
}

}  // namespace ox
