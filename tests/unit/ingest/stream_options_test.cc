#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "oxingest/stream_kinds.h"

namespace ox {
namespace {

const StreamKind& kind_of(std::string_view option) {
  auto kinds = stream_kinds();
  auto found = std::find_if(kinds.begin(), kinds.end(),
                            [option](const StreamKind& kind) { return kind.option == option; });
  REQUIRE(found != kinds.end());
  return *found;
}

std::string stream_error(std::string_view option, std::string_view text) {
  auto spec = StreamSpec::parse(kind_of(option), text);
  REQUIRE(!spec.ok());
  CHECK(spec.status().code() == Code::kInvalid);
  return spec.status().message();
}

TEST_CASE("a listener's address has the port of its protocol unless it names one") {
  auto spec = StreamSpec::parse(kind_of("--syslog-udp"), "*");
  REQUIRE(spec.ok());
  CHECK(spec->address == Address::tcp("*", 514));
  CHECK(!spec->type);
  spec = StreamSpec::parse(kind_of("--syslog-tls"), "[::1]:1,key=k,cert=c");
  REQUIRE(spec.ok());
  CHECK(spec->address == Address::tcp("::1", 1));
  CHECK(spec->setting("cert") == "c");
  CHECK(spec->setting("key") == "k");
  CHECK(spec->setting("ca").empty());
}

TEST_CASE("a unix socket is named by its path") {
  for (const char* text : {"/run/x/log", "unix:///run/x/log", "ipc:///run/x/log"}) {
    auto spec = StreamSpec::parse(kind_of("--syslog-unix"), text);
    REQUIRE(spec.ok());
    CHECK(spec->address.kind == Address::Kind::kIpc);
    CHECK(spec->address.path == "/run/x/log");
  }
  auto relative = StreamSpec::parse(kind_of("--syslog-unix"), "log,type=t");
  REQUIRE(relative.ok());
  CHECK(relative->address.path == "log");
}

TEST_CASE("a listener may name its events") {
  auto spec = StreamSpec::parse(kind_of("--relp"), "h:2,type=sys.{facility_name|x}");
  REQUIRE(spec.ok());
  REQUIRE(spec->type);
  CHECK(spec->type->text() == "sys.{facility_name|x}");
}

TEST_CASE("wrong listeners are told what is wrong") {
  CHECK(stream_error("--syslog-udp", "ipc:///x").find("no address of an IP network") !=
        std::string::npos);
  CHECK(stream_error("--syslog-udp", "h:1,cert=x").find("no setting of --syslog-udp") !=
        std::string::npos);
  CHECK(stream_error("--syslog-udp", "h:1,").find("'' is no setting") != std::string::npos);
  CHECK(stream_error("--syslog-udp", "h:1,type").find("'type' is no setting") != std::string::npos);
  CHECK(stream_error("--syslog-udp", "h:1,type=").find("type is empty") != std::string::npos);
  CHECK(stream_error("--syslog-udp", "h:1,type={").find("column 1") != std::string::npos);
  CHECK(stream_error("--syslog-tls", "h,cert=c").find("key= is missing") != std::string::npos);
  CHECK(stream_error("--syslog-tls", "h,cert=c,cert=d").find("twice") != std::string::npos);
}

TEST_CASE("every kind has an option and a word of its own") {
  std::set<std::string_view> options;
  std::set<std::string_view> words;
  for (const StreamKind& kind : stream_kinds()) {
    CHECK(options.insert(kind.option).second);
    CHECK(words.insert(kind.word).second);
    CHECK(static_cast<bool>(kind.open));
  }
}

}  // namespace
}  // namespace ox
