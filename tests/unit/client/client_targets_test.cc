#include "common/client/client_targets.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

// Sets BLUEOX_HOST for one test, or takes it away.
class HostVariable {
 public:
  explicit HostVariable(const char* value) {
    if (const char* before = std::getenv("BLUEOX_HOST")) before_ = before;
    set(value);
  }
  HostVariable(const HostVariable&) = delete;
  HostVariable& operator=(const HostVariable&) = delete;
  ~HostVariable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  static void set(const char* value) {
    if (value != nullptr) {
      ::setenv("BLUEOX_HOST", value, 1);
    } else {
      ::unsetenv("BLUEOX_HOST");
    }
  }
  std::optional<std::string> before_;
};

std::string parsed(std::string_view text) {
  auto targets = ClientTargets::parse(text);
  return targets.ok() ? targets->to_string() : targets.status().message();
}

TEST_CASE("a collect address stands for the link above it") {
  CHECK(parsed("log-master") == "link://log-master:3515");
  CHECK(parsed("10.0.0.1:4000") == "link://10.0.0.1:4001");
  CHECK(parsed("[::1]:3514") == "link://[::1]:3515");
  CHECK(parsed("link://log-master:3600") == "link://log-master:3600");
  CHECK(parsed("ipc:///run/c") == "link://ipc:///run/c.link");
}

TEST_CASE("an oxd of the old kind is named by its collect address") {
  CHECK(parsed("blueox://log-master") == "blueox://log-master:3514");
  auto targets = ClientTargets::parse("blueox://log-master");
  CHECK(targets->kind == Target::Kind::kBlueox);
}

TEST_CASE("several addresses are a list of preference") {
  CHECK(parsed("a, b:1,link://c:2") == "link://a:3515,link://b:2,link://c:2");
  CHECK(parsed("blueox://a,blueox://b") ==
        "\"blueox://a,blueox://b\": blueox:// goes to one address only");
  CHECK(parsed("a,blueox://b") == "\"a,blueox://b\": blueox:// goes to one address only");
}

TEST_CASE("what it says of itself is read back as the same") {
  for (const char* text : {"a,b:7", "blueox://[::1]:9", "ipc:///x,c", "off"}) {
    auto targets = ClientTargets::parse(text);
    REQUIRE(targets.ok());
    CHECK(parsed(targets->to_string()) == targets->to_string());
  }
}

TEST_CASE("without an address the environment decides, then loopback") {
  {
    HostVariable host("log-master:4000");
    CHECK(parsed("") == "link://log-master:4001");
    CHECK(parsed("other") == "link://other:3515");
  }
  {
    HostVariable host("");
    CHECK(parsed("") == "link://127.0.0.1:3515");
  }
  HostVariable host(nullptr);
  CHECK(parsed("") == "link://127.0.0.1:3515");
}

TEST_CASE("off is nowhere") {
  CHECK(ClientTargets::parse("off")->off());
  HostVariable host("off");
  CHECK(ClientTargets::parse("")->off());
}

TEST_CASE("a bad address is an error that names it, and where it came from") {
  for (const char* text : {"host:port", "*", "a:0", "a,", "a,off", "link://a", "a:65535"}) {
    CAPTURE(text);
    CHECK(ClientTargets::parse(text).status().code() == Code::kInvalid);
  }
  HostVariable host("a:b");
  CHECK(parsed("").find("BLUEOX_HOST: \"a:b\"") == 0);
}

}  // namespace
}  // namespace ox
