#include "oxctl/status_view.h"

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

#include "tests/unit/oxctl/replies.h"

using namespace ox;
using namespace ox::test;

namespace {

constexpr WallTime kNow = Seconds(1'500'000'002);

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string render(const std::string& reply, const Layout& layout = {}) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  return render_status("127.0.0.1:3513", status_of(reply), kNow, layout);
}

}  // namespace

TEST_CASE("a BlueOx reply prints the text of BlueOx and not a line more") {
  CHECK(render(blueox_reply()) ==
        "Host: 127.0.0.1:3513\n"
        "Last: 2017-07-14 02:40:00.250000 (1 secs ago)\n"
        "Lag: 0.500000 secs\n"
        "\n"
        "                             web-1  Last 2017-07-14 02:40:00 (2 secs ago)\n"
        "\n"
        "                           request  Last 2017-07-14 02:39:50 (12 secs ago)\n"
        "                        request.db  Last 2017-07-14 02:40:00 (2 secs ago)\n");
}

TEST_CASE("an oxd that has seen nothing yet prints neither Last nor Lag") {
  CHECK(render(packed(map("last", kNil, "lag", kNil, "events", map(), "hosts", map()))) ==
        "Host: 127.0.0.1:3513\n\n\n");
}

TEST_CASE("the figures of a newer oxd follow the text of BlueOx") {
  const std::string text = render(full_reply());
  CHECK(text.starts_with("Host: 127.0.0.1:3513\nLast: "));
  CHECK(has(text, "\nNode\n  WARNING: anyone may send\n  name      agent on web-1\n"));
  CHECK(has(text, "  process   oxd 0.1.0, pid 4242, up 2h 46m\n"));
  CHECK(has(text, "  ports     control 127.0.0.1:3513, link off\n"));
  CHECK(has(text, "  streams   2 subscribers, 4 events dropped\n"));
  CHECK(has(text, "  state     full: no outputs\n"));
  CHECK(has(text, "  used      3.0 MiB of 12.0 MiB (25%), 1,234,567 events in 7 batches\n"));
  CHECK(has(text, "  kept in   disk /var/spool/oxd\n"));
  CHECK(has(text, "up    link  refused"));
  CHECK(has(text, "log-master:3514  collector (aa)"));
  CHECK(has(text, "edge  web-9"));
  CHECK(has(text, "\nRejected\n  collect.rejected.version      3\n"));
  CHECK(has(text, "\nDropped\n  spool.dropped.oldest     10\n"));
  CHECK(has(text, "\nFailed\n  write.failed      1\n"));
  CHECK(has(text, "\nCounters\n  collect.events  5,000\n"));
}

TEST_CASE("counters that are zero are not shown") {
  CHECK_FALSE(has(render(full_reply()), "collect.rejected.frames"));
  CHECK_FALSE(has(render(packed(map("counters", map("a.dropped", 0)))), "Dropped"));
}

TEST_CASE("an unlimited spool has no share") {
  const std::uint64_t unlimited = ~std::uint64_t{0};
  const std::string text =
      render(packed(map("spool", map("state", "ok", "bytes", 10, "limit", unlimited))));
  CHECK(has(text, "  used      10 B of unlimited\n"));
}

TEST_CASE("what is in trouble is red, only where there is colour") {
  Layout colour;
  colour.colour = true;
  CHECK(has(render(full_reply(), colour), "\x1b[1;31mrefused\x1b[0m"));
  CHECK(has(render(full_reply(), colour), "\x1b[1;31mWARNING: anyone may send\x1b[0m"));
  CHECK_FALSE(has(render(full_reply()), "\x1b"));
}

TEST_CASE("a name without a time, and a time outside the calendar, are still lines") {
  const std::string text =
      render(packed(map("hosts", map("a", map(), "b", map("last", 1e300), "c", 7))));
  CHECK(has(text, "a  Last unknown\n"));
  CHECK(has(text, "b  Last ? (0 secs ago)\n"));
  CHECK(has(text, "c  Last unknown\n"));
}

TEST_CASE("no reply, whatever bytes change in it, breaks the view") {
  const std::string whole = full_reply();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int with : {0x00, 0x1b, 0x7f, 0x80, 0x90, 0xc0, 0xcb, 0xd9, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(with);
      const std::string text = render(changed);
      CHECK(text.starts_with("Host: "));
      for (char c : text) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 && c != '\n'));
    }
  }
}

TEST_CASE("forward targets are a table, or a sentence when there are none") {
  const std::string bytes = packed(
      map("targets", list(map("target", "log-master:3514", "kind", "link", "state", "connected",
                              "pending_events", 1200, "in_flight_bytes", 2048, "node", "n1"),
                          5, map())));
  auto reply = ControlReply::decode(bytes);
  REQUIRE(reply.ok());
  CHECK(has(render_targets(reply->map(), {}),
            "log-master:3514  link  connected    1,200    2.0 KiB  n1\n"));
  auto none = ControlReply::decode(packed(map("targets", 7)));
  REQUIRE(none.ok());
  CHECK(render_targets(none->map(), {}) == "no targets: nothing is forwarded\n");
}
