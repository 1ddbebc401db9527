#include "oxingest/progress.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/quantity.h"
#include "common/base/unique_fd.h"

namespace ox {
namespace {

TEST_CASE("the line has events, rate, acknowledged, waiting, and who is behind") {
  Progress progress{12345, 12000, 345, {{"app.log", 3 * kMiB / 2}, {"quiet.log", 0}}};
  CHECK(render_progress(progress, 1200.4, 0) ==
        "12,345 events  1,200/s  12,000 acked  345 waiting  app.log 1.5 MiB behind");
  CHECK(render_progress({}, 0, 0) == "0 events  0/s  0 acked  0 waiting");
  CHECK(render_progress({1234567, 0, 0, {}}, 0, 0).starts_with("1,234,567 events"));
  CHECK(render_progress({7, 7, 0, {}, false}, 0, 0) == "7 events  0/s  7 sent  0 waiting");
}

TEST_CASE("the line never fills the terminal's width") {
  Progress progress{12345, 12000, 345, {{"\u00e9\u00e9\u00e9\u00e9.log", 10}}};
  std::size_t whole = render_progress(progress, 0, 0).size();
  for (std::size_t columns = 1; columns <= whole + 1; ++columns) {
    CAPTURE(columns);
    CHECK(render_progress(progress, 0, columns).size() < columns);
  }
  CHECK(render_progress(progress, 0, whole + 1).size() == whole);
  CHECK(render_progress(progress, 0, 20) == "12,345 events  0...");
}

TEST_CASE("a name cannot send control characters to the terminal") {
  CHECK(render_progress({0, 0, 0, {{"a\x1b[2Jb\n", 5}}}, 0, 0).find_first_of("\x1b\n") ==
        std::string::npos);
}

// A terminal whose other end we read.
struct Terminal {
  Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    REQUIRE(master.valid());
    REQUIRE(::grantpt(master.get()) == 0);
    REQUIRE(::unlockpt(master.get()) == 0);
    slave.reset(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(slave.valid());
  }
  std::string shown() {
    char buffer[4096];
    ssize_t n = ::read(master.get(), buffer, sizeof(buffer));
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }
  // What is written to a terminal arrives at the other end in its own time, and in pieces.
  bool shows(std::string_view wanted) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    std::string found;
    while (found.size() < wanted.size() && Clock::system().mono() < deadline) {
      pollfd readable{master.get(), POLLIN, 0};
      ::poll(&readable, 1, 100);
      found += shown();
    }
    CHECK(found == wanted);
    return found == wanted;
  }
  UniqueFd master;
  UniqueFd slave;
};

TEST_CASE(
    "a terminal's line is redrawn at most twice a second, with the rate since the last time") {
  Terminal terminal;
  FakeClock clock;
  ProgressLine line(terminal.slave.get(), clock);
  REQUIRE(line.active());
  line.update({0, 0, 0, {}});
  CHECK(terminal.shows("\r\x1b[K0 events  0/s  0 acked  0 waiting"));
  clock.advance(Millis(499));
  line.update({100, 0, 100, {}});
  CHECK(terminal.shown().empty());
  clock.advance(Millis(1));
  line.update({100, 50, 50, {}});
  CHECK(terminal.shows("\r\x1b[K100 events  200/s  50 acked  50 waiting"));
  line.clear();
  CHECK(terminal.shows("\r\x1b[K"));
  clock.advance(Millis(10));
  line.finish({100, 100, 0, {}});
  CHECK(terminal.shows("\r\x1b[K100 events  0/s  100 acked  0 waiting\r\n"));
}

TEST_CASE("nothing is written where there is no terminal") {
  int fds[2];
  REQUIRE(::pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
  UniqueFd in(fds[0]);
  UniqueFd out(fds[1]);
  ProgressLine line(out.get(), Clock::system());
  CHECK(!line.active());
  line.update({1, 1, 0, {}});
  line.finish({1, 1, 0, {}});
  char c;
  CHECK(::read(in.get(), &c, 1) < 0);
}

}  // namespace
}  // namespace ox
