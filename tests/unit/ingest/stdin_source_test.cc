#include "common/ingest/stdin_source.h"

#include <fstream>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/unique_fd.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/ingest/collecting_sink.h"

namespace ox {
namespace {

struct StdinFixture {
  StdinFixture() {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    in.reset(fds[0]);
    out.reset(fds[1]);
  }
  void start(std::size_t max_line = 1024) {
    source = std::make_unique<StdinSource>(loop, clock, sink, in.get(),
                                           StdinOptions{"notices", "web-1", max_line});
    source->start();
  }
  void write(std::string_view text) {
    REQUIRE(::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  template <typename Condition>
  bool run_until(Condition done) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!done()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(100));
    }
    return true;
  }
  bool run_to_end() {
    out.reset();
    return run_until([&] { return source->finished(); });
  }

  UniqueFd in;
  UniqueFd out;
  EventLoop loop;
  FakeClock clock;
  CollectingSink sink;
  std::unique_ptr<StdinSource> source;
};

TEST_CASE_FIXTURE(StdinFixture, "each line is an event, an empty one too, stripped at both ends") {
  start();
  write("a\n\n b \n");
  REQUIRE(run_to_end());
  CHECK(sink.lines() == Lines{"a", "", "b"});
  CHECK(sink.events[0].type == "notices");
  CHECK(sink.events[0].position.empty());
  CHECK(source->status().ok());
  CHECK(source->events() == 3);
}

TEST_CASE_FIXTURE(StdinFixture, "a last line without its line end is an event") {
  start();
  write("a\nb");
  REQUIRE(run_to_end());
  CHECK(sink.lines() == Lines{"a", "b"});
}

TEST_CASE_FIXTURE(StdinFixture, "no input at all gives no event, and ends") {
  start();
  REQUIRE(run_to_end());
  CHECK(sink.events.empty());
}

TEST_CASE_FIXTURE(StdinFixture,
                  "lines come as they are written, and the sink is told when there are no more") {
  start();
  write("one\ntw");
  REQUIRE(run_until([&] { return sink.events.size() == 1; }));
  CHECK(sink.dry == 1);
  write("o\n");
  REQUIRE(run_until([&] { return sink.events.size() == 2; }));
  CHECK(sink.lines() == Lines{"one", "two"});
  CHECK(!source->finished());
}

TEST_CASE_FIXTURE(StdinFixture, "a full sink at every event loses nothing, the end included") {
  start();
  sink.room = 0;
  write("1\n2\n\n3");
  out.reset();
  REQUIRE(run_until([&] { return sink.offers == 1; }));
  for (std::size_t room = 1; room < 4; ++room) {
    for (int i = 0; i < 3; ++i) loop.run_once(Micros(0));
    CHECK(sink.events.size() == room - 1);
    CHECK(!source->finished());
    sink.room = room;
    source->resume();
  }
  CHECK(run_until([&] { return sink.offers > 6; }));
  sink.room = 4;
  source->resume();
  REQUIRE(run_until([&] { return source->finished(); }));
  CHECK(sink.lines() == Lines{"1", "2", "", "3"});
}

TEST_CASE_FIXTURE(StdinFixture, "a line over the limit comes in pieces") {
  start(8);
  write("12345678901\nx\n");
  REQUIRE(run_to_end());
  CHECK(sink.lines() == Lines{"12345678+", "901", "x"});
  CHECK(source->pieces() == 2);
}

TEST_CASE_FIXTURE(StdinFixture, "stop() hands over what was read and reads no more") {
  start();
  write("one\ntwo");
  REQUIRE(run_until([&] { return sink.events.size() == 1; }));
  source->stop();
  CHECK(source->finished());
  CHECK(sink.lines() == Lines{"one", "two"});
  write("three\n");
  for (int i = 0; i < 3; ++i) loop.run_once(Micros(0));
  CHECK(sink.events.size() == 2);
}

TEST_CASE_FIXTURE(StdinFixture, "a regular file is read to its end") {
  TemporaryDirectory dir;
  Lines want;
  {
    std::ofstream file(dir / "f");
    for (int i = 0; i < 100'000; ++i) {
      want.push_back("line " + std::to_string(i));
      file << want.back() << "\n";
    }
  }
  in.reset(::open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(in.valid());
  start();
  REQUIRE(run_to_end());
  CHECK(sink.lines() == want);
}

TEST_CASE_FIXTURE(StdinFixture, "an input that cannot be read ends with an error") {
  TemporaryDirectory dir;
  in.reset(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  start();
  REQUIRE(run_to_end());
  CHECK(source->status().code() == Code::kIo);
  CHECK(source->status().message().find("standard input") != std::string::npos);
}

}  // namespace
}  // namespace ox
