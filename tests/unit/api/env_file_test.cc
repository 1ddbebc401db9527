#include "common/ingest/api/pbu/env_file.h"

#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

TEST_CASE("values come bare, in single and in double quotes") {
  EnvFile file = EnvFile::parse(
      "\xef\xbb\xbf# comment\r\n"
      "AUTH_TOKEN=t\r\n"
      "\n"
      "export LOG_FOLDER = '/a b/#c' # why\n"
      "  LEVELS=INFO, ERROR  # both\n"
      "QUOTED=\"a \\\"b\\\"\\n\\q$X\"\n"
      "HASH=a#b\n"
      "EMPTY=\n"
      "ONLY=# nothing\n"
      "LAST=x=y");
  CHECK(file.complaints().empty());
  CHECK(file.find("AUTH_TOKEN") == "t");
  CHECK(file.find("LOG_FOLDER") == "/a b/#c");
  CHECK(file.find("LEVELS") == "INFO, ERROR");
  CHECK(file.find("QUOTED") == "a \"b\"\n\\q$X");
  CHECK(file.find("HASH") == "a#b");
  CHECK(file.find("EMPTY") == "");
  CHECK(file.find("ONLY") == "");
  CHECK(file.find("LAST") == "x=y");
  CHECK_FALSE(file.find("NONE"));
}

TEST_CASE("of a name that is there twice the last one counts") {
  CHECK(EnvFile::parse("A=1\nA=2\n").find("A") == "2");
}

TEST_CASE("lines that are no assignment are left out, and named by their number alone") {
  EnvFile file = EnvFile::parse("secret words\nA='open\nB=\"open\n1C=x\nD='x' y\nE=1\n");
  REQUIRE(file.complaints().size() == 5);
  CHECK(file.complaints()[0] == "line 1: is not NAME=VALUE");
  CHECK(file.complaints()[1] == "line 2: the quotes of A do not end");
  CHECK(file.complaints()[3] == "line 4: is not NAME=VALUE");
  CHECK(file.find("E") == "1");
  CHECK_FALSE(file.find("A"));
}

TEST_CASE("no file is an empty one, and so is a directory") {
  TemporaryDirectory directory;
  auto none = EnvFile::load(FileSystem::real(), directory / "none");
  REQUIRE(none.ok());
  CHECK_FALSE(none->find("A"));
  CHECK(EnvFile::load(FileSystem::real(), directory.path()).ok());
}

TEST_CASE("a file that everybody may write is refused") {
  TemporaryDirectory directory;
  const std::string path = directory / ".env";
  std::ofstream(path) << "A=1\n";
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  auto file = EnvFile::load(FileSystem::real(), path);
  REQUIRE(file.ok());
  CHECK(file->find("A") == "1");
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  auto open = EnvFile::load(FileSystem::real(), path);
  REQUIRE_FALSE(open.ok());
  CHECK(open.status().message().find("chmod o-w") != std::string::npos);
}

}  // namespace
}  // namespace ox
