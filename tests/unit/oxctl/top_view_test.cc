#include "oxctl/top_view.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "oxctl/printable.h"
#include "tests/unit/oxctl/replies.h"

using namespace ox;
using namespace ox::test;

namespace {

constexpr WallTime kShownAt = Seconds(1'500'000'000);

TopNode node(const std::string& address, const std::string& before, const std::string& now) {
  TopNode one;
  one.address = address;
  const Sample then{Seconds(0), status_of(before)};
  const Sample latest{Seconds(1), status_of(now)};
  one.status = latest.status;
  one.rates = rates_between(&then, latest);
  return one;
}

TopNode unreachable(const std::string& address) {
  TopNode one = node(address, full_reply(), full_reply());
  one.unreachable = true;
  one.why = "no answer for 7.0 s";
  return one;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

bool shows(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string many_types(int n) {
  return packed([n](Packer& p) {
    p.pack_map(1);
    p.pack("events");
    p.pack_map(static_cast<std::uint32_t>(n));
    for (int i = 0; i < n; ++i) {
      p.pack(fmt::format("type.number.{:05}", i));
      map("count", i, "bytes", i, "last", 1.0)(p);
    }
  });
}

}  // namespace

TEST_CASE("a node has its rates, queue, lag and losses in one row, and its types below") {
  const std::string text =
      joined(render_top("top", {node("h:1", full_reply(1000), full_reply(3000))}, kShownAt, {}));
  CHECK(shows(text,
              "agent  spool full      2.0k  195.3 KiB   1.2M  3.0 MiB 25%  2 ms  12.5 s       "
              "30       20         3  h:1\n"));
  CHECK(shows(text, "request      2.0k  195.3 KiB    3.0k  293.0 KiB  1.0 s ago\n"));
}

TEST_CASE("an unreachable node is shown as such, without its stale figures") {
  const std::string text = joined(render_top(
      "top", {unreachable("gone:3513"), node("h:1", full_reply(1), full_reply(9))}, kShownAt, {}));
  CHECK(shows(text, "unreachable: no answer for 7.0 s"));
  CHECK(shows(text, "gone:3513\n"));
  // One line of a type: that of the node that answers.
  CHECK(text.find("request") == text.rfind("request"));
}

TEST_CASE("a BlueOx oxd has types, and unknown rates") {
  const std::string text =
      joined(render_top("top", {node("old:3513", blueox_reply(), blueox_reply())}, kShownAt, {}));
  CHECK(shows(text, "old:3513  ok            -        -  500 ms\n"));
  CHECK(shows(text, "request.db         -        -     0 s ago\n"));
}

TEST_CASE("types of several nodes are sorted together and say whose they are") {
  const std::string text = joined(render_top(
      "top",
      {node("a:1", full_reply(0), full_reply(10)), node("b:1", many_types(2), many_types(2))},
      kShownAt, {}));
  CHECK(text.find("request ") < text.find("type.number"));
  CHECK(shows(text, "b:1\n"));
}

TEST_CASE("the table fits any window") {
  const std::vector<TopNode> nodes = {node("a:1", full_reply(0), full_reply(10)),
                                      node("b:1", many_types(300), many_types(300)),
                                      unreachable("gone:3513")};
  for (std::size_t width : {1U, 5U, 20U, 40U, 80U, 200U}) {
    for (std::size_t height : {1U, 2U, 4U, 6U, 8U, 9U, 10U, 24U, 400U}) {
      CAPTURE(width);
      CAPTURE(height);
      Layout layout;
      layout.width = width;
      layout.height = height;
      const auto lines = render_top("a headline of some length", nodes, kShownAt, layout);
      CHECK(lines.size() <= height);
      for (const std::string& line : lines) CHECK(display_width(line) <= width);
    }
  }
}

TEST_CASE("types that do not fit are counted") {
  Layout layout;
  layout.height = 12;
  const auto lines =
      render_top("top", {node("b:1", many_types(300), many_types(300))}, kShownAt, layout);
  REQUIRE(lines.size() == 12);
  // A headline, a node and its titles, two blank lines, titles, this line: five types are seen.
  CHECK(lines.back() == "… and 295 more");
  CHECK(lines.front() == "top");
}

TEST_CASE("no reply, whatever bytes change in it, breaks the table") {
  const std::string whole = full_reply();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int with : {0x00, 0x80, 0xc0, 0xcb, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(with);
      const std::string text =
          joined(render_top("top", {node("h:1", whole, changed)}, kShownAt, {}));
      for (char c : text) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 && c != '\n'));
    }
  }
}
