#include "oxctl/ctl_options.h"

#include <cstdlib>

#include <doctest/doctest.h>

using namespace ox;

namespace {

struct Parsed {
  std::optional<int> exit_code;
  CtlOptions options;
};

Parsed parse(std::vector<const char*> arguments) {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  arguments.insert(arguments.begin(), "oxctl");
  Parsed parsed;
  parsed.exit_code =
      parse_ctl_options(static_cast<int>(arguments.size()), arguments.data(), parsed.options);
  return parsed;
}

}  // namespace

TEST_CASE("oxctl alone is oxctl status on loopback") {
  Parsed parsed = parse({});
  CHECK_FALSE(parsed.exit_code);
  CHECK(parsed.options.command == "status");
  CHECK(parsed.options.hosts.at(0).to_string() == "127.0.0.1:3513");
  CHECK_FALSE(parsed.options.raw);
}

TEST_CASE("the host and raw may stand before or after the command") {
  for (const Parsed& parsed : {parse({"-H", "a", "-r", "ping"}), parse({"ping", "-r", "-H", "a"}),
                               parse({"--host=a", "ping", "--raw"})}) {
    CHECK_FALSE(parsed.exit_code);
    CHECK(parsed.options.command == "ping");
    CHECK(parsed.options.raw);
    REQUIRE(parsed.options.hosts.size() == 1);
    CHECK(parsed.options.hosts[0].to_string() == "a:3513");
  }
}

TEST_CASE("top takes several hosts, rounds and an interval") {
  Parsed parsed = parse({"top", "-H", "a", "-H", "b:9", "-n", "3", "-d", "0.5"});
  CHECK_FALSE(parsed.exit_code);
  CHECK(parsed.options.hosts.size() == 2);
  CHECK(parsed.options.rounds == 3);
  CHECK(parsed.options.interval == Millis(500));
}

TEST_CASE("forward lists unless it is told otherwise") {
  CHECK(parse({"forward"}).options.op == "list");
  Parsed parsed = parse({"forward", "set", "a:1", "b:2", "-H", "c"});
  CHECK_FALSE(parsed.exit_code);
  CHECK(parsed.options.op == "set");
  CHECK(parsed.options.targets == std::vector<std::string>{"a:1", "b:2"});
  CHECK(parsed.options.hosts.at(0).host == "c");
}

TEST_CASE("a wrong command line is exit code 2") {
  CHECK(parse({"statu"}).exit_code == 2);
  CHECK(parse({"status", "more"}).exit_code == 2);
  CHECK(parse({"ping", "flush"}).exit_code == 2);
  CHECK(parse({"--hots", "x"}).exit_code == 2);
  CHECK(parse({"-H"}).exit_code == 2);
  CHECK(parse({"-H", "a:b:c"}).exit_code == 2);
  CHECK(parse({"-H", "a", "-H", "b"}).exit_code == 2);
  CHECK(parse({"top", "-r"}).exit_code == 2);
  CHECK(parse({"top", "-n", "0"}).exit_code == 2);
  CHECK(parse({"top", "-n", "-1"}).exit_code == 2);
  CHECK(parse({"top", "-d", "0"}).exit_code == 2);
  CHECK(parse({"top", "-d", "soon"}).exit_code == 2);
  CHECK(parse({"forward", "sett", "a"}).exit_code == 2);
  CHECK(parse({"forward", "add"}).exit_code == 2);
  CHECK(parse({"forward", "list", "a"}).exit_code == 2);
  CHECK(parse({"log-level", "loud"}).exit_code == 2);
}

TEST_CASE("store cat takes a type and days, both whole") {
  Parsed parsed =
      parse({"store", "cat", "/logs", "web*", "--start", "20260101", "--end", "20260102"});
  CHECK_FALSE(parsed.exit_code);
  const StoreArguments& store = parsed.options.store;
  CHECK(store.op == "cat");
  CHECK(store.directory == "/logs");
  CHECK(store.type.to_string() == "web*");
  CHECK(store.last - store.first == std::chrono::hours(48) - Micros(1));
  CHECK(parse({"store", "cat", "/logs"}).exit_code == 2);
  CHECK(parse({"store", "cat", "/logs", "a", "--start", "soon"}).exit_code == 2);
}

TEST_CASE("store prune is told what to keep") {
  Parsed parsed = parse({"store", "prune", "/logs", "--retain-days", "7", "--retain-bytes", "1GiB",
                         "--spool-path", "/spool"});
  CHECK_FALSE(parsed.exit_code);
  CHECK(parsed.options.store.retain_days == 7);
  CHECK(parsed.options.store.retain_bytes == std::uint64_t{1} << 30);
  CHECK(parsed.options.store.spool_path == "/spool");
  CHECK(parse({"store", "prune", "/logs"}).exit_code == 2);
  CHECK(parse({"store", "prune", "/logs", "--retain-days", "0"}).exit_code == 2);
  CHECK(parse({"store", "prune", "/logs", "--retain-bytes", "many"}).exit_code == 2);
}

TEST_CASE("store zip and verify take a directory") {
  CHECK(parse({"store", "zip", "/logs"}).options.store.op == "zip");
  CHECK(parse({"store", "verify", "/logs"}).options.store.op == "verify");
  CHECK(parse({"store", "verify"}).exit_code == 2);
  CHECK(parse({"store"}).exit_code == 2);
}
