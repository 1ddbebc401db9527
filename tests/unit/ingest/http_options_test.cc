#include "common/ingest/front/http_options.h"

#include <vector>

#include <doctest/doctest.h>

#include "common/base/exit_codes.h"
#include "oxingest/options.h"

namespace ox {
namespace {

std::optional<int> parse(std::vector<const char*> arguments, IngestOptions& out) {
  arguments.insert(arguments.begin(), "oxingest");
  return parse_options(static_cast<int>(arguments.size()), arguments.data(), out);
}

TEST_CASE("a listener is an address, a profile and whether it speaks TLS") {
  auto plain = HttpListenerSpec::parse("127.0.0.1");
  REQUIRE(plain.ok());
  CHECK(plain->address == Address::tcp("127.0.0.1", 8080));
  CHECK(plain->profile.empty());
  CHECK(!plain->tls);
  auto tls = HttpListenerSpec::parse("[::1]:0,tls");
  REQUIRE(tls.ok());
  CHECK(tls->address == Address::tcp("::1", 0));
  CHECK(tls->tls);
}

TEST_CASE("a listener that stands in for a server has that one's port, unless it names one") {
  auto usual = HttpListenerSpec::parse("127.0.0.1,profile=pbu");
  REQUIRE(usual.ok());
  CHECK(usual->address == Address::tcp("127.0.0.1", 4999));
  CHECK(usual->profile == "pbu");
  auto named = HttpListenerSpec::parse("127.0.0.1:80,profile=pbu,tls");
  REQUIRE(named.ok());
  CHECK(named->address == Address::tcp("127.0.0.1", 80));
}

TEST_CASE("what is wrong with a listener is named") {
  for (const char* text : {"ipc:///tmp/x", "off", "127.0.0.1:99999", "127.0.0.1:80,tsl",
                           "127.0.0.1:80,profile=nobody", "127.0.0.1:80,"}) {
    CAPTURE(text);
    auto spec = HttpListenerSpec::parse(text);
    REQUIRE(!spec.ok());
    CHECK(spec.status().code() == Code::kInvalid);
  }
}

TEST_CASE("--http alone is something to read, and stdin may come along") {
  IngestOptions options;
  CHECK(!parse({"--http", "127.0.0.1:0"}, options));
  CHECK(options.has_live_sources());
  REQUIRE(options.http.listeners.size() == 1);
  IngestOptions both;
  CHECK(!parse({"lines", "--http", "127.0.0.1:0", "--http", "127.0.0.1:0,tls", "--tls-cert", "c",
                "--tls-key", "k"},
               both));
  CHECK(both.type_name == "lines");
  CHECK(both.http.listeners.size() == 2);
}

TEST_CASE("half of a configuration is none") {
  for (std::vector<const char*> arguments : std::vector<std::vector<const char*>>{
           {"--http", "127.0.0.1:0,tls"},
           {"--http", "127.0.0.1:0,tls", "--tls-cert", "c"},
           {"--http", "127.0.0.1:0", "--tls-cert", "c", "--tls-key", "k"},
           {"lines", "--http-users", "file"},
           {"-F", "/dev/null", "--spool-path", "spool"},
           {"--v3", "--http", "127.0.0.1:0"},
           {"--v3", "lines", "--spool-path", "spool"},
           {"--http", "127.0.0.1:0", "--type", "nobody={name}"},
           {"--http", "127.0.0.1:0", "--type", "{name"}}) {
    CAPTURE(arguments.back());
    IngestOptions options;
    CHECK(parse(arguments, options) == kExitUsage);
  }
}

TEST_CASE("an API's own template beats the one for all, and the last of each counts") {
  HttpOptions options;
  options.types.emplace_back("", TypeTemplate::parse("all").value());
  options.types.emplace_back("chronologer", TypeTemplate::parse("first").value());
  options.types.emplace_back("chronologer", TypeTemplate::parse("own").value());
  CHECK(options.type_of("chronologer")->text() == "own");
  CHECK(options.type_of("python")->text() == "all");
  CHECK(!HttpOptions().type_of("python"));
}

}  // namespace
}  // namespace ox
