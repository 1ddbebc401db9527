#include "common/base/options.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "common/base/cli11.h"
#include "common/base/file_system.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

// A program with one option of every kind, run over an argument list; what it complained of on
// stderr is kept.
class Program {
 public:
  Program() : line_("prog", "a program under test") {
    line_.add_address("-c,--collect", collect, kCollectPort, "Where to listen")
        ->envname("OX_TEST_COLLECT");
    line_.add_size("--spool-memory", memory, "Memory for the spool");
    line_.add_duration("--linger", linger, "How long to wait");
    line_.app().add_option("-r,--forward", forward, "Where to send");
    line_.app().add_option("--stream-range", range, "Ports")->expected(2);
    line_.app().add_option("--rotate-hours", rotate, "Hours")->check(CLI::Range(1, 12));
    line_.app().add_flag("--no-remote-shutdown", no_shutdown, "Refuse it");
    line_.app().add_flag("-v,--verbose", verbose, "More");
    line_.add_config_file();
  }

  std::optional<int> run(std::vector<std::string> arguments) {
    std::vector<const char*> argv = {"prog"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::fflush(stderr);
    int saved = ::dup(STDERR_FILENO);
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    ::dup2(::fileno(file), STDERR_FILENO);
    auto code = line_.parse(static_cast<int>(argv.size()), argv.data());
    std::fflush(stderr);
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    std::rewind(file);
    char buffer[4096];
    complaint.assign(buffer, std::fread(buffer, 1, sizeof(buffer), file));
    std::fclose(file);
    return code;
  }

  Address collect = Address::tcp("127.0.0.1", kCollectPort);
  std::uint64_t memory = 512;
  Micros linger = Seconds(5);
  std::vector<std::string> forward;
  std::vector<int> range = {35000, 36000};
  int rotate = 0;
  bool no_shutdown = false;
  int verbose = 0;
  std::string complaint;

 private:
  CommandLine line_;
};

std::string config(const TemporaryDirectory& directory, const std::string& text) {
  std::string path = directory / "oxd.toml";
  auto file = FileSystem::real().open(path, FileSystem::Open::kCreate);
  REQUIRE(file.ok());
  REQUIRE(write_all(**file, text, 0).ok());
  return path;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("flags set what they name, and defaults stay") {
  Program program;
  CHECK(program.run({"-c", "h:9", "--spool-memory", "64KiB", "--linger=10ms", "-r", "a", "-r", "b",
                     "--stream-range", "35100", "35110", "-vv"}) == std::nullopt);
  CHECK(program.collect.to_string() == "h:9");
  CHECK(program.memory == 64 * 1024);
  CHECK(program.linger == Millis(10));
  CHECK(program.forward == std::vector<std::string>{"a", "b"});
  CHECK(program.range == std::vector<int>{35100, 35110});
  CHECK(program.verbose == 2);
  CHECK_FALSE(program.no_shutdown);
  CHECK(program.rotate == 0);
  CHECK(program.complaint.empty());
}

TEST_CASE("a flag beats the environment, which beats the file, which beats the default") {
  TemporaryDirectory directory;
  std::string file = config(directory, "collect = \"file:1\"\nlinger = \"1s\"\n");
  {
    Program program;
    CHECK(program.run({}) == std::nullopt);
    CHECK(program.collect.to_string() == "127.0.0.1:3514");
  }
  {
    Program program;
    CHECK(program.run({"--config", file}) == std::nullopt);
    CHECK(program.collect.to_string() == "file:1");
    CHECK(program.linger == Seconds(1));
  }
  ::setenv("OX_TEST_COLLECT", "env:2", 1);
  {
    Program program;
    CHECK(program.run({"--config", file}) == std::nullopt);
    CHECK(program.collect.to_string() == "env:2");
    CHECK(program.linger == Seconds(1));
  }
  {
    Program program;
    CHECK(program.run({"--config", file, "--collect", "flag:3"}) == std::nullopt);
    CHECK(program.collect.to_string() == "flag:3");
  }
  ::unsetenv("OX_TEST_COLLECT");
}

TEST_CASE("a file may hold every kind of option") {
  TemporaryDirectory directory;
  std::string file = config(directory,
                            "spool-memory = \"8MiB\"\nforward = [\"a\", \"b:7\"]\n"
                            "stream-range = [35200, 35300]\nrotate-hours = 6\n"
                            "no-remote-shutdown = true\nverbose = 2\n");
  Program program;
  CHECK(program.run({"--config", file}) == std::nullopt);
  CHECK(program.complaint == "");
  CHECK(program.memory == 8 << 20);
  CHECK(program.forward == std::vector<std::string>{"a", "b:7"});
  CHECK(program.range == std::vector<int>{35200, 35300});
  CHECK(program.rotate == 6);
  CHECK(program.no_shutdown);
  CHECK(program.verbose == 2);
}

TEST_CASE("false in a file leaves a flag off") {
  TemporaryDirectory directory;
  Program program;
  CHECK(program.run({"--config", config(directory, "no-remote-shutdown = false\n")}) ==
        std::nullopt);
  CHECK_FALSE(program.no_shutdown);
}

TEST_CASE("a wrong command line is one line with the option's name, and exit code 2") {
  struct Row {
    std::vector<std::string> arguments;
    std::string part;
  };
  const Row rows[] = {
      {{"--colect", "h"}, "did you mean --collect?"},
      {{"--spool-memori=1K"}, "did you mean --spool-memory?"},
      {{"--zebra"}, "--zebra"},
      {{"stray"}, "stray"},
      {{"--collect"}, "--collect"},
      {{"--collect", "a:b"}, "'a:b' is not an address"},
      {{"--spool-memory", "lots"}, "'lots' is not a size"},
      {{"--linger", "-1s"}, "'-1s' is not a duration"},
      {{"--rotate-hours", "13"}, "--rotate-hours"},
      {{"--rotate-hours", "0"}, "--rotate-hours"},
      {{"--rotate-hours", "six"}, "--rotate-hours"},
      {{"--stream-range", "35100"}, "--stream-range"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.part);
    Program program;
    CHECK(program.run(row.arguments) == kExitUsage);
    CAPTURE(program.complaint);
    CHECK(program.complaint.starts_with("prog: "));
    CHECK(contains(program.complaint, row.part));
    CHECK(program.complaint.find('\n') == program.complaint.size() - 1);
  }
}

TEST_CASE("a wrong file is one line with its path, line and key, and exit code 78") {
  struct Row {
    std::string text;
    std::string part;
  };
  const Row rows[] = {
      {"\ncolect = \"h\"\n", ":2: colect: no such option (did you mean collect?)"},
      {"zebra = 1\n", ":1: zebra: no such option"},
      {"config = \"other\"\n", ":1: config: no such option"},
      {"help = true\n", ":1: help: no such option"},
      {"collect = \"a:b\"\n", ":1: collect: "},
      {"spool-memory = \"lots\"\n", "'lots' is not a size"},
      {"rotate-hours = 13\n", ":1: rotate-hours: "},
      {"rotate-hours = [1, 2]\n", ":1: rotate-hours: "},
      {"stream-range = [35100]\n", ":1: stream-range: "},
      {"linger = 2020-01-01\n", ":1: linger: "},
      {"forward = [[1]]\n", ":1: forward: "},
      {"[collect]\nx = 1\n", "collect: "},
      {"collect = \n", ":1: "},
      {"a = 1\na = 2\n", ":2: "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    TemporaryDirectory directory;
    std::string file = config(directory, row.text);
    Program program;
    CHECK(program.run({"--config", file}) == kExitConfiguration);
    CAPTURE(program.complaint);
    CHECK(contains(program.complaint, file));
    CHECK(contains(program.complaint, row.part));
    CHECK(program.complaint.find('\n') == program.complaint.size() - 1);
  }
}

TEST_CASE("a missing file is a configuration error that names it") {
  Program program;
  CHECK(program.run({"--config", "/nonexistent/oxd.toml"}) == kExitConfiguration);
  CHECK(contains(program.complaint, "/nonexistent/oxd.toml"));
}

}  // namespace ox
