#include "oxview/search_progress.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/unique_fd.h"

namespace ox {
namespace {

struct ProgressFixture {
  ProgressFixture() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
    progress.files_total = 4;
    progress.files_done = 1;
    progress.bytes_read = 3 << 20;
    progress.bytes_skipped = 1 << 20;
  }
  std::string drawn() const {
    char buffer[1000];
    const ssize_t n = ::read(read.get(), buffer, sizeof(buffer));
    return n <= 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
  }
  UniqueFd read;
  UniqueFd write;
  FakeClock clock;
  ScanProgress progress;
};

}  // namespace

TEST_CASE("the text says how far it is, and what was found") {
  ProgressFixture f;
  CHECK(search_progress_text(f.progress, 16 << 20, 7) == "1 of 4 files, 4.0 MiB (25%), 7 found");
  CHECK(search_progress_text(f.progress, 0, 7) == "1 of 4 files, 4.0 MiB, 7 found");
  CHECK(search_progress_text(f.progress, 1, 7) == "1 of 4 files, 4.0 MiB (99%), 7 found");
}

TEST_CASE("a line is drawn after a second, now and then, and taken away") {
  ProgressFixture f;
  int asked = 0;
  {
    SearchProgress line(f.write.get(), 80, f.clock);
    line.set_total([&] { return ++asked, std::uint64_t{16 << 20}; });
    line.update(f.progress, 0);
    CHECK(f.drawn().empty());
    CHECK(asked == 0);
    f.clock.advance(Seconds(1));
    line.update(f.progress, 1);
    CHECK(f.drawn() == "\r\x1b[K1 of 4 files, 4.0 MiB (25%), 1 found");
    line.update(f.progress, 2);
    CHECK(f.drawn().empty());
    f.clock.advance(Seconds(1));
    line.update(f.progress, 3);
    CHECK(f.drawn().ends_with("3 found"));
    CHECK(asked == 1);
    line.clear();
    CHECK(f.drawn() == "\r\x1b[K");
    line.clear();
    CHECK(f.drawn().empty());
    f.clock.advance(Seconds(1));
    line.update(f.progress, 4);
    CHECK(f.drawn().ends_with("4 found"));
  }
  CHECK(f.drawn() == "\r\x1b[K");
}

TEST_CASE("a line that was stopped is not drawn again") {
  ProgressFixture f;
  SearchProgress line(f.write.get(), 80, f.clock);
  line.stop();
  f.clock.advance(Seconds(10));
  line.update(f.progress, 1);
  CHECK(f.drawn().empty());
}

TEST_CASE("it fits the terminal") {
  ProgressFixture f;
  SearchProgress line(f.write.get(), 10, f.clock);
  f.clock.advance(Seconds(1));
  line.update(f.progress, 1);
  CHECK(f.drawn() == "\r\x1b[K1 of 4 fi");
}

}  // namespace ox
