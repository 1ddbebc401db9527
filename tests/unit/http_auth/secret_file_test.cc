#include "common/http/auth/secret_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http_auth/written_file.h"

namespace ox {

TEST_CASE("a file of its owner and its group is read without a word") {
  TemporaryDirectory directory;
  const std::string path = written_file(directory / "tokens", "abc\n", 0640);
  for (Contents contents : {Contents::kSecrets, Contents::kStretchedPasswords}) {
    auto file = read_secret_file(FileSystem::real(), path, contents);
    REQUIRE(file.ok());
    CHECK(file->text == "abc\n");
    CHECK(file->warning.empty());
  }
}

TEST_CASE("secrets that everybody may read are refused; stretched passwords earn a warning") {
  TemporaryDirectory directory;
  const std::string path = written_file(directory / "f", "abc", 0644);
  const std::string complaint = path + ": everybody may read it (mode 0644): chmod o-r it";
  auto secrets = read_secret_file(FileSystem::real(), path, Contents::kSecrets);
  REQUIRE_FALSE(secrets.ok());
  CHECK(secrets.status().code() == Code::kInvalid);
  CHECK(secrets.status().message() == complaint);
  auto users = read_secret_file(FileSystem::real(), path, Contents::kStretchedPasswords);
  REQUIRE(users.ok());
  CHECK(users->warning == complaint);
}

TEST_CASE("a file that everybody may write is refused in every case") {
  TemporaryDirectory directory;
  const std::string path = written_file(directory / "f", "abc", 0602);
  for (Contents contents : {Contents::kSecrets, Contents::kStretchedPasswords}) {
    auto file = read_secret_file(FileSystem::real(), path, contents);
    REQUIRE_FALSE(file.ok());
    CHECK(file.status().message() == path + ": everybody may write it (mode 0602): chmod o-w it");
  }
}

TEST_CASE("a symbolic link is followed, and what it leads to is looked at") {
  TemporaryDirectory directory;
  const std::string path = written_file(directory / "f", "abc", 0600);
  const std::string link = directory / "link";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  auto file = read_secret_file(FileSystem::real(), link, Contents::kSecrets);
  REQUIRE(file.ok());
  CHECK(file->text == "abc");
}

TEST_CASE("what is no file of a reasonable size is refused by name") {
  TemporaryDirectory directory;
  auto missing = read_secret_file(FileSystem::real(), directory / "none", Contents::kSecrets);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.status().code() == Code::kNotFound);
  CHECK(missing.status().message().find(directory / "none") != std::string::npos);

  auto folder = read_secret_file(FileSystem::real(), directory.path(), Contents::kSecrets);
  REQUIRE_FALSE(folder.ok());
  CHECK(folder.status().message() == directory.path() + ": is not a regular file");

  const std::string fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  auto pipe = read_secret_file(FileSystem::real(), fifo, Contents::kSecrets);
  REQUIRE_FALSE(pipe.ok());
  CHECK(pipe.status().message() == fifo + ": is not a regular file");

  const std::string big = written_file(directory / "big", std::string(kMaxSecretFile, 'x'), 0600);
  CHECK(read_secret_file(FileSystem::real(), big, Contents::kSecrets).ok());
  written_file(big, std::string(kMaxSecretFile + 1, 'x'), 0600);
  auto too_big = read_secret_file(FileSystem::real(), big, Contents::kSecrets);
  REQUIRE_FALSE(too_big.ok());
  CHECK(too_big.status().code() == Code::kTooLarge);
  CHECK(too_big.status().message() == big + ": has more than 1048576 bytes");
}

}  // namespace ox
