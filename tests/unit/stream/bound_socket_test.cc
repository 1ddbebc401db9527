#include "common/ingest/stream/bound_socket.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

Address socket_in(const TemporaryDirectory& directory, const std::string& name) {
  Address address;
  address.kind = Address::Kind::kIpc;
  address.path = directory / name;
  return address;
}

// As a process that was killed leaves it.
void leave_socket(const std::string& path, int type) {
  UniqueFd fd(::socket(AF_UNIX, type, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof(name.sun_path));
  std::memcpy(name.sun_path, path.c_str(), path.size());
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0);
}

TEST_CASE("the port that the system chose is told") {
  for (auto kind : {BoundSocket::Kind::kStream, BoundSocket::Kind::kDatagram}) {
    for (const char* host : {"127.0.0.1", "*", "localhost"}) {
      auto bound = BoundSocket::open(Address::tcp(host, 0), kind);
      REQUIRE_MESSAGE(bound.ok(), bound.status().message());
      CHECK(bound->address().port != 0);
      CHECK(bound->address().host == host);
    }
  }
}

TEST_CASE("an address in use is named") {
  auto first = BoundSocket::open(Address::tcp("127.0.0.1", 0), BoundSocket::Kind::kStream);
  REQUIRE(first.ok());
  auto second = BoundSocket::open(first->address(), BoundSocket::Kind::kStream);
  REQUIRE(!second.ok());
  CHECK(second.status().code() == Code::kExists);
  CHECK(second.status().message().find(first->address().to_string()) != std::string::npos);
}

TEST_CASE("a host that there is not is a wrong configuration") {
  auto bound =
      BoundSocket::open(Address::tcp("no-such-host.invalid", 1), BoundSocket::Kind::kStream);
  REQUIRE(!bound.ok());
  CHECK(bound.status().code() == Code::kInvalid);
}

TEST_CASE("a unix socket is for everybody, and its file goes with it") {
  const TemporaryDirectory directory;
  const Address address = socket_in(directory, "log");
  for (auto kind : {BoundSocket::Kind::kStream, BoundSocket::Kind::kDatagram}) {
    {
      auto bound = BoundSocket::open(address, kind);
      REQUIRE_MESSAGE(bound.ok(), bound.status().message());
      struct stat info {};
      REQUIRE(::stat(address.path.c_str(), &info) == 0);
      CHECK((info.st_mode & 0777) == 0666);
      // Somebody listens there.
      auto second = BoundSocket::open(address, kind);
      REQUIRE(!second.ok());
      CHECK(second.status().code() == Code::kExists);
    }
    CHECK(!std::filesystem::exists(address.path));
  }
}

TEST_CASE("a socket file that a killed process left is replaced, and no other file is") {
  const TemporaryDirectory directory;
  const Address address = socket_in(directory, "log");
  leave_socket(address.path, SOCK_STREAM);
  CHECK(BoundSocket::open(address, BoundSocket::Kind::kStream).ok());
  leave_socket(address.path, SOCK_DGRAM);
  CHECK(BoundSocket::open(address, BoundSocket::Kind::kDatagram).ok());
  std::ofstream(address.path) << "precious";
  CHECK(!BoundSocket::open(address, BoundSocket::Kind::kStream).ok());
  CHECK(std::filesystem::file_size(address.path) == 8);
}

TEST_CASE("a path that is too long for a socket is refused") {
  const TemporaryDirectory directory;
  auto bound =
      BoundSocket::open(socket_in(directory, std::string(200, 'x')), BoundSocket::Kind::kDatagram);
  REQUIRE(!bound.ok());
  CHECK(bound.status().code() == Code::kInvalid);
}

}  // namespace
}  // namespace ox
