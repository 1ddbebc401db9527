#include "common/http/auth/ip_allow_list.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("addresses are read in numbers, and mapped ones are IPv4") {
  struct Row {
    const char* text;
    const char* printed;
    bool v4;
    bool loopback;
  };
  const Row rows[] = {
      {"10.0.0.1", "10.0.0.1", true, false},
      {"127.0.0.1", "127.0.0.1", true, true},
      {"127.255.1.2", "127.255.1.2", true, true},
      {"::ffff:127.0.0.1", "127.0.0.1", true, true},
      {"::FFFF:a00:1", "10.0.0.1", true, false},
      {"::1", "::1", false, true},
      {"::", "::", false, false},
      {"2001:DB8:0:0::5", "2001:db8::5", false, false},
      {"fe80::1%eth0", "fe80::1", false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto address = IpAddress::parse(row.text);
    REQUIRE(address);
    CHECK(address->to_string() == row.printed);
    CHECK(address->v4 == row.v4);
    CHECK(address->loopback() == row.loopback);
  }
}

TEST_CASE("what is no numeric address is none") {
  for (const char* text :
       {"", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1.1", "1.2.3.4%eth0", "[::1]",
        "::1:80:", "10.0.0.1:80", ":::", " ::1", "10.0.0.1/8", "%", "1:2:3:4:5:6:7:8:9",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0", 9)));
}

TEST_CASE("a network has the addresses that begin with its bits") {
  struct Row {
    const char* network;
    const char* peer;
    bool inside;
  };
  const Row rows[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.1/32", "10.0.0.1", true},
      {"10.0.0.0/31", "10.0.0.1", true},
      {"10.0.0.0/31", "10.0.0.2", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "10.0.0.1", false},
      {"::/0", "::ffff:10.0.0.1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::1", "::1", true},
      {"::1/128", "::2", false},
      {"::ffff:10.0.0.0/104", "10.9.9.9", true},
      {"::ffff:10.0.0.1", "10.0.0.1", true},
      {"::ffff:0:0/96", "1.2.3.4", true},
      {"fe80::/10", "fe80::1%eth0", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.network);
    CAPTURE(row.peer);
    auto network = IpNetwork::parse(row.network);
    REQUIRE(network.ok());
    auto peer = IpAddress::parse(row.peer);
    REQUIRE(peer);
    CHECK(network->contains(*peer) == row.inside);
    auto again = IpNetwork::parse(network->to_string());
    REQUIRE(again.ok());
    CHECK(*again == *network);
  }
}

TEST_CASE("a wrong network is cited with what is wrong with it") {
  struct Row {
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"10.0.0.1/8", "\"10.0.0.1/8\" has bits set behind its prefix; the network is 10.0.0.0/8"},
      {"2001:db8::1/64",
       "\"2001:db8::1/64\" has bits set behind its prefix; the network is 2001:db8::/64"},
      {"10.0.0.0/33", "\"10.0.0.0/33\" has no prefix length from 0 to 32 behind its '/'"},
      {"::/129", "\"::/129\" has no prefix length from 0 to 128 behind its '/'"},
      {"10.0.0.0/", "\"10.0.0.0/\" has no prefix length from 0 to 32 behind its '/'"},
      {"10.0.0.0/-1", "\"10.0.0.0/-1\" has no prefix length from 0 to 32 behind its '/'"},
      {"10.0.0.0/8x", "\"10.0.0.0/8x\" has no prefix length from 0 to 32 behind its '/'"},
      {"10.0.0.0/8/8", "\"10.0.0.0/8/8\" has no prefix length from 0 to 32 behind its '/'"},
      {"10.0.0.0/99999999999",
       "\"10.0.0.0/99999999999\" has no prefix length from 0 to 32 behind its '/'"},
      {"web1", "\"web1\" is neither an IP address nor a network like 10.0.0.0/8"},
      {"/8", "\"/8\" is neither an IP address nor a network like 10.0.0.0/8"},
      {"fe80::1%eth0", "\"fe80::1%eth0\" is neither an IP address nor a network like 10.0.0.0/8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto network = IpNetwork::parse(row.text);
    REQUIRE_FALSE(network.ok());
    CHECK(network.status().code() == Code::kInvalid);
    CHECK(network.status().message() == row.complaint);
  }
}

TEST_CASE("a list allows what one of its networks has") {
  auto list = IpAllowList::parse("127.0.0.1, ::1\t10.0.0.0/8,");
  REQUIRE(list.ok());
  for (const char* peer : {"127.0.0.1", "::1", "10.1.1.1", "::ffff:10.1.1.1"}) {
    CAPTURE(peer);
    CHECK(list->allows(peer));
  }
  for (const char* peer : {"127.0.0.2", "::2", "11.1.1.1", "", "localhost", "10.1.1.1, 1.1.1.1"}) {
    CAPTURE(peer);
    CHECK_FALSE(list->allows(peer));
  }
}

TEST_CASE("a list without an address, or with a wrong one, is refused") {
  CHECK(IpAllowList::parse("").status().message() == "has no address in it");
  CHECK(IpAllowList::parse(" , ").status().message() == "has no address in it");
  CHECK(IpAllowList::parse("10.0.0.1 x").status().message() ==
        "\"x\" is neither an IP address nor a network like 10.0.0.0/8");
}

}  // namespace ox
