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
