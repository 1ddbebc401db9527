#include "oxview/output.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>

#include "common/base/unique_fd.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
  Pipe() {
    int fds[2];
    REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
    read.reset(fds[0]);
    write.reset(fds[1]);
  }
};

}  // namespace

TEST_CASE("output is kept until there is enough of it, or until it is flushed") {
  TemporaryDirectory dir;
  UniqueFd fd(::open((dir / "out").c_str(), O_CREAT | O_RDWR, 0600));
  REQUIRE(fd.valid());
  Signals signals({SIGUSR1});
  Output output(fd.get(), signals);
  auto written = [&] {
    std::ostringstream text;
    text << std::ifstream(dir / "out").rdbuf();
    return text.str();
  };
  output.buffer() += "first";
  CHECK(output.settle());
  CHECK(written().empty());
  CHECK(output.flush());
  CHECK(written() == "first");
  output.buffer() += std::string(100'000, 'x');
  CHECK(output.settle());
  CHECK(written() == "first" + std::string(100'000, 'x'));
  CHECK(output.buffer().empty());
  CHECK_FALSE(output.terminal());
}

TEST_CASE("a reader that is gone ends the output, without an error") {
  Pipe pipe;
  Signals signals({SIGUSR1});
  Output output(pipe.write.get(), signals);
  pipe.read.reset();
  output.buffer() += "x";
  CHECK_FALSE(output.flush());
  CHECK(output.state() == Output::State::kReaderGone);
  CHECK(output.error().ok());
}

TEST_CASE("a signal ends a write that nobody takes") {
  Pipe pipe;
  Signals signals({SIGUSR1});
  Output output(pipe.write.get(), signals);
  output.buffer() += std::string(4 << 20, 'x');  // more than a pipe holds
  ::pthread_kill(::pthread_self(), SIGUSR1);
  CHECK_FALSE(output.flush());
  CHECK(output.state() == Output::State::kInterrupted);
}

TEST_CASE("a screen's worth is held back, and what is more goes elsewhere as a whole") {
  TemporaryDirectory dir;
  auto open_file = [&](const char* name) {
    return UniqueFd(::open((dir / name).c_str(), O_CREAT | O_RDWR, 0600));
  };
  auto written = [&](const char* name) {
    std::ostringstream text;
    text << std::ifstream(dir / name).rdbuf();
    return text.str();
  };
  UniqueFd screen = open_file("screen");
  UniqueFd pager = open_file("pager");
  Signals signals({SIGUSR1});
  Output output(screen.get(), signals);
  int began = 0;
  output.before_writing([&] { ++began; });
  output.hold_screen({80, 3}, [&]() -> Result<int> { return pager.get(); });
  output.buffer() += "1\n2\n";
  CHECK(output.settle());
  CHECK(output.flush());
  CHECK(written("screen").empty());
  CHECK(began == 0);
  SUBCASE("what fits is written in the end, even after an interruption") {
    bool interrupted = false;
    SUBCASE("") {}
    SUBCASE("") {
      ::pthread_kill(::pthread_self(), SIGUSR1);
      CHECK_FALSE(output.check_signals());
      CHECK_FALSE(output.flush());
      interrupted = true;
    }
    CHECK(output.release() == !interrupted);
    CHECK(written("screen") == "1\n2\n");
    CHECK(output.state() == (interrupted ? Output::State::kInterrupted : Output::State::kOpen));
    CHECK(began == 1);
  }
  SUBCASE("what is one row more does not") {
    output.buffer() += "3\n";
    CHECK(output.settle());
    CHECK(output.flush());
    output.buffer() += "4\n";
    CHECK(output.release());
    CHECK(written("screen").empty());
    CHECK(written("pager") == "1\n2\n3\n4\n");
    CHECK(began == 1);
  }
}

TEST_CASE("a pager that cannot be started is an error") {
  Pipe pipe;
  Signals signals({SIGUSR1});
  Output output(pipe.write.get(), signals);
  output.hold_screen({80, 1}, []() -> Result<int> { return Status(Code::kIo, "none"); });
  output.buffer() += "1\n2\n";
  CHECK_FALSE(output.flush());
  CHECK(output.state() == Output::State::kFailed);
  CHECK(output.error().message() == "none");
}

TEST_CASE("that the reader is gone is noticed without writing") {
  Pipe pipe;
  Signals signals({SIGUSR1});
  Output output(pipe.write.get(), signals);
  CHECK(output.check_signals());
  pipe.read.reset();
  CHECK_FALSE(output.check_signals());
  CHECK(output.state() == Output::State::kReaderGone);
}

TEST_CASE("a write that fails is an error with the reason") {
  UniqueFd full(::open("/dev/full", O_WRONLY));
  REQUIRE(full.valid());
  Signals signals({SIGUSR1});
  Output output(full.get(), signals);
  output.buffer() += "x";
  CHECK_FALSE(output.flush());
  CHECK(output.state() == Output::State::kFailed);
  CHECK(output.error().code() == Code::kNoSpace);
}

}  // namespace ox
