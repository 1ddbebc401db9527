#include "common/base/address.h"

#include <doctest/doctest.h>

#include "tests/unit/base/quoted.h"

namespace ox {

TEST_CASE("addresses are read as people write them") {
  struct Row {
    const char* text;
    const char* endpoint;
    const char* printed;
    bool loopback;
  };
  const Row rows[] = {
      {"log-master", "tcp://log-master:3514", "log-master:3514", false},
      {"log-master:99", "tcp://log-master:99", "log-master:99", false},
      {"tcp://10.0.0.1:1", "tcp://10.0.0.1:1", "10.0.0.1:1", false},
      {"127.0.0.1", "tcp://127.0.0.1:3514", "127.0.0.1:3514", true},
      {"127.8.0.1:0", "tcp://127.8.0.1:*", "127.8.0.1:0", true},
      {"localhost:65535", "tcp://localhost:65535", "localhost:65535", true},
      {"*", "tcp://*:3514", "*:3514", false},
      {"*:7", "tcp://*:7", "*:7", false},
      {"[::1]", "tcp://[::1]:3514", "[::1]:3514", true},
      {"[2001:db8::5]:80", "tcp://[2001:db8::5]:80", "[2001:db8::5]:80", false},
      {"ipc:///run/oxd/collect", "ipc:///run/oxd/collect", "ipc:///run/oxd/collect", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto address = Address::parse(row.text, kCollectPort);
    REQUIRE(address.ok());
    CHECK(address->endpoint() == row.endpoint);
    CHECK(address->to_string() == row.printed);
    CHECK(address->loopback() == row.loopback);
    CHECK_FALSE(address->off());
    auto again = Address::parse(address->to_string(), 1);
    REQUIRE(again.ok());
    CHECK(*again == *address);
  }
}

TEST_CASE("off is an address that says no") {
  auto address = Address::parse("off", kCollectPort);
  REQUIRE(address.ok());
  CHECK(address->off());
  CHECK(address->to_string() == "off");
}

TEST_CASE("what is no address is refused with its text in the message") {
  for (const char* text : {"",         ":3514",    "host:",       "host:port",
                           "host:-1",  "host:+1",  "host:65536",  "host:99999999999",
                           "host:1:2", "::1",      "[::1",        "[::1]3514",
                           "[::1]:",   "[host]:1", "[]",          "ipc://",
                           "tcp://",   "a b",      "host/path:1", "host:1 ",
                           "host\n:1"}) {
    CAPTURE(text);
    auto address = Address::parse(text, kCollectPort);
    REQUIRE_FALSE(address.ok());
    CHECK(address.status().code() == Code::kInvalid);
    CHECK(address.status().message().find(quoted(text)) != std::string::npos);
  }
}

TEST_CASE("the neighbour of an address is one port, or one suffix, further") {
  CHECK(Address::parse("h:3514", 0)->neighbour(1, ".link").to_string() == "h:3515");
  CHECK(Address::parse("h:3515", 0)->neighbour(-1, "").to_string() == "h:3514");
  CHECK(Address::parse("ipc:///run/c", 0)->neighbour(1, ".link").to_string() ==
        "ipc:///run/c.link");
  CHECK(Address::parse("off", 0)->neighbour(1, ".link").off());
}

TEST_CASE("local hosts are told from remote ones") {
  CHECK(is_local_host("*"));
  CHECK(is_local_host("127.0.0.1"));
  CHECK_FALSE(is_local_host("192.0.2.1"));  // RFC 5737: nobody's
  CHECK_FALSE(host_name().empty());
}

}  // namespace ox
