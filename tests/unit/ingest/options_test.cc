#include "oxingest/options.h"

#include <fstream>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "common/base/exit_codes.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

struct Parsed {
  std::optional<int> code;
  IngestOptions options;
};

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "oxingest");
  Parsed out;
  out.code = parse_options(static_cast<int>(arguments.size()), arguments.data(), out.options);
  return out;
}

IngestOptions accepted(std::vector<const char*> arguments) {
  Parsed parsed = parse(std::move(arguments));
  REQUIRE(!parsed.code);
  return parsed.options;
}

TEST_CASE("a type alone means standard input, to the collector at hand") {
  IngestOptions options = accepted({"notices"});
  CHECK(options.type_name == "notices");
  CHECK(options.files.empty());
  REQUIRE(options.hosts.size() == 1);
  CHECK(options.hosts[0].address == Address::tcp("127.0.0.1", 3515));
  CHECK(options.node_name == host_name());
  CHECK(!options.v3);
}

TEST_CASE("neither type nor file, or both, is a usage error") {
  CHECK(parse({}).code == kExitUsage);
  CHECK(parse({"notices", "-F", "/t/a.log"}).code == kExitUsage);
  CHECK(parse({"-F", "/t/a.log", "notices"}).code == kExitUsage);
  CHECK(parse({"--check-config"}).code == kExitConfiguration);
}

TEST_CASE("files may be given several times, one a flag") {
  IngestOptions options = accepted({"-F", "nginx_access:/t/a.log", "--file=/t/mail.err"});
  REQUIRE(options.files.size() == 2);
  CHECK(options.files[0] == FileSpec{"nginx_access", "/t/a.log"});
  CHECK(options.files[1] == FileSpec{"oxingest.mail", "/t/mail.err"});
  CHECK(parse({"-F", "/t/a", "-F", "x:/t/a"}).code == kExitUsage);
  CHECK(parse({"-F", "/t/a", "-F", "x:/t/./b/../a"}).code == kExitUsage);
  CHECK(parse({"-F", "x:"}).code == kExitUsage);
}

TEST_CASE("hosts are collect addresses in order of preference, or links outright") {
  IngestOptions options =
      accepted({"t", "-H", "log-master", "-H", "[::1]:4000", "--host", "link://other:99"});
  REQUIRE(options.hosts.size() == 3);
  CHECK(options.hosts[0].address == Address::tcp("log-master", 3515));
  CHECK(options.hosts[1].address == Address::tcp("::1", 4001));
  CHECK(options.hosts[2].address == Address::tcp("other", 99));
  for (const char* bad : {"off", "*", "h:0", "h:x", "a b", "h:65535"}) {
    CAPTURE(bad);
    CHECK(parse({"t", "-H", bad}).code == kExitUsage);
  }
}

TEST_CASE("the old protocol goes to the collect address of one oxd, asked for in either way") {
  for (const IngestOptions& options :
       {accepted({"t", "--v3", "-H", "h"}), accepted({"t", "-H", "blueox://h"}),
        accepted({"t", "--v3", "-H", "blueox://h"})}) {
    CHECK(options.v3);
    REQUIRE(options.hosts.size() == 1);
    CHECK(options.hosts[0].address == Address::tcp("h", 3514));
  }
  CHECK(accepted({"t", "--v3"}).hosts[0].address == Address::tcp("127.0.0.1", 3514));
  CHECK(parse({"t", "--v3", "-H", "link://h:3515"}).code == kExitUsage);
  CHECK(parse({"t", "--v3", "-H", "h1", "-H", "h2"}).code == kExitUsage);
  CHECK(parse({"t", "-H", "h1", "-H", "blueox://h2"}).code == kExitUsage);
}

TEST_CASE("state is kept for followed files, unless it is off") {
  CHECK(accepted({"-F", "/t/a"}).keeps_state());
  CHECK(accepted({"-F", "/t/a", "--state-dir", "/s"}).state_dir == "/s");
  CHECK(!accepted({"-F", "/t/a", "--state-dir", "off"}).keeps_state());
  CHECK(!accepted({"t"}).keeps_state());
  CHECK(accepted({"-F", "/t/a", "--spool-disk", "64MiB"}).spool_disk == 64 * kMiB);
  CHECK(parse({"-F", "/t/a", "--spool-disk", "1MiB"}).code == kExitUsage);
}

TEST_CASE("the environment names the host, and a flag beats it") {
  ::setenv("BLUEOX_HOST", "from-env:99", 1);
  IngestOptions by_env = accepted({"t"});
  IngestOptions by_flag = accepted({"t", "-H", "flag"});
  ::unsetenv("BLUEOX_HOST");
  REQUIRE(by_env.hosts.size() == 1);
  CHECK(by_env.hosts[0].address == Address::tcp("from-env", 100));
  REQUIRE(by_flag.hosts.size() == 1);
  CHECK(by_flag.hosts[0].address == Address::tcp("flag", 3515));
}

TEST_CASE("sizes, times and the rest") {
  IngestOptions options =
      accepted({"t", "--batch-bytes", "64KiB", "--batch-delay", "10ms", "--spool-memory", "1GiB",
                "--linger", "1s", "--max-event-size", "4KiB", "--poll-interval", "100ms",
                "--node-name", "n1", "--v3", "-vv"});
  CHECK(options.batch_bytes == 64 * kKiB);
  CHECK(options.batch_delay == Millis(10));
  CHECK(options.spool_memory == kGiB);
  CHECK(options.linger == Seconds(1));
  CHECK(options.max_event_size == 4 * kKiB);
  CHECK(options.poll_interval == Millis(100));
  CHECK(options.node_name == "n1");
  CHECK(options.v3);
  CHECK(options.log_level == LogLevel::kDebug);
  CHECK(accepted({"t", "--spool-memory", "unlimited"}).spool_memory == kUnlimited);
}

TEST_CASE("values out of range are refused") {
  std::string long_name(256, 'x');
  CHECK(parse({"t", "--max-event-size", "255"}).code == kExitUsage);
  CHECK(parse({"t", "--max-event-size", "16MiB"}).code == kExitUsage);
  CHECK(parse({"t", "--batch-bytes", "1"}).code == kExitUsage);
  CHECK(parse({"t", "--batch-bytes", "16MiB"}).code == kExitUsage);
  CHECK(parse({"t", "--spool-memory", "1MiB"}).code == kExitUsage);
  CHECK(parse({"t", "--poll-interval", "0s"}).code == kExitUsage);
  CHECK(parse({long_name.c_str()}).code == kExitUsage);
  CHECK(parse({"t", "--node-name", long_name.c_str()}).code == kExitUsage);
  CHECK(parse({"t", "--no-such"}).code == kExitUsage);
  CHECK(parse({"t", "u"}).code == kExitUsage);
}

TEST_CASE("the configuration file has the flags' names, lists as arrays") {
  TemporaryDirectory dir;
  std::string path = dir / "oxingest.toml";
  std::ofstream(path) << "file = [\"a:/t/a\", \"/t/b.log\"]\nhost = [\"h1\", \"h2:99\"]\n"
                         "linger = \"2s\"\n";
  IngestOptions options = accepted({"--config", path.c_str()});
  REQUIRE(options.files.size() == 2);
  CHECK(options.files[1].type == "oxingest.b");
  REQUIRE(options.hosts.size() == 2);
  CHECK(options.hosts[1].address == Address::tcp("h2", 100));
  CHECK(options.linger == Seconds(2));
  std::ofstream(path) << "file = [\"x:\"]\n";
  CHECK(parse({"--config", path.c_str()}).code == kExitConfiguration);
  std::ofstream(path) << "fil = \"/t/a\"\n";
  CHECK(parse({"--config", path.c_str()}).code == kExitConfiguration);
}

}  // namespace
}  // namespace ox
