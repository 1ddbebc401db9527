#include "oxingest/state_directory.h"

#include <optional>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

// An environment variable set (or unset) for a while.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = ::getenv(name)) before_ = before;
    if (value != nullptr) {
      ::setenv(name, value, 1);
    } else {
      ::unsetenv(name);
    }
  }
  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_CASE("a service's state is where systemd says, a user's in the home directory") {
  Variable service("STATE_DIRECTORY", "/var/lib/oxd/files:/var/lib/other");
  CHECK(*usual_state_directory() == "/var/lib/oxd/files");
  Variable no_service("STATE_DIRECTORY", nullptr);
  Variable xdg("XDG_STATE_HOME", "/home/bob/state");
  CHECK(*usual_state_directory() == "/home/bob/state/oxingest");
  Variable relative("XDG_STATE_HOME", "state");
  Variable home("HOME", "/home/bob");
  bool is_root = ::geteuid() == 0;
  CHECK(*usual_state_directory() ==
        (is_root ? "/var/lib/oxingest" : "/home/bob/.local/state/oxingest"));
  Variable no_home("HOME", nullptr);
  CHECK(usual_state_directory().ok() == is_root);
}

TEST_CASE("a journal's name is readable, and no other path's") {
  std::string name = journal_name("/var/log/nginx/access.log");
  CHECK(name.starts_with("access.log-"));
  CHECK(name.size() == 11 + 16);
  CHECK(name == journal_name("/var/log/nginx/access.log"));
  CHECK(name != journal_name("/srv/log/access.log"));
  CHECK(journal_name("/l/\xff /../ä").find('/') == std::string::npos);
  CHECK(journal_name("/" + std::string(255, 'x')).size() == 48 + 1 + 16);
}

TEST_CASE("a path is the same however it is written") {
  CHECK(absolute_path("/t/./a/../b.log") == "/t/b.log");
  CHECK(absolute_path("a.log").front() == '/');
  CHECK(absolute_path("./a.log") == absolute_path("a.log"));
}

struct StateFixture {
  StateFixture() {
    options.files = {{"a", "/log/a"}, {"b", "/log/b"}};
    options.state_dir = "/state";
    for (const char* path : {"/log/a", "/log/b", "/log/c"}) disk.put(path, "old\n");
  }
  SimulatedDisk disk;
  IngestOptions options;
};

TEST_CASE_FIXTURE(StateFixture, "there is a journal for each file") {
  auto state = IngestState::open(disk, options, Clock::system());
  REQUIRE(state.ok());
  REQUIRE(state->journals.size() == 2);
  CHECK(state->journals[1]->directory() == "/state/" + journal_name("/log/b"));
}

TEST_CASE_FIXTURE(StateFixture, "a file that was never there leaves no traces") {
  options.files.push_back({"t", "/log/typo"});
  auto state = IngestState::open(disk, options, Clock::system());
  CHECK(state.status().code() == Code::kNotFound);
  CHECK(disk.names("/state").size() == 2);
}

TEST_CASE_FIXTURE(StateFixture, "two may share a state directory, but not a file") {
  auto state = IngestState::open(disk, options, Clock::system());
  REQUIRE(state.ok());
  IngestOptions other = options;
  other.files = {{"c", "/log/c"}};
  CHECK(IngestState::open(disk, other, Clock::system()).ok());
  other.files = {{"c", "/log/c"}, {"b", "/log/b"}};
  auto second = IngestState::open(disk, other, Clock::system());
  CHECK(second.status().code() == Code::kExists);
  CHECK(second.status().message().starts_with("/log/b is followed by another oxingest already: "));
}

TEST_CASE_FIXTURE(StateFixture, "where nothing is kept, nothing is made") {
  options.state_dir = "off";
  auto state = IngestState::open(disk, options, Clock::system());
  REQUIRE(state.ok());
  CHECK(state->journals.empty());
  CHECK(!disk.exists("/state"));
}

TEST_CASE_FIXTURE(StateFixture, "batches that wait for a link are not for the old protocol") {
  {
    auto state = IngestState::open(disk, options, Clock::system());
    REQUIRE(state.ok());
    BatchBuilder builder(1000);
    builder.add("t", "h", 1.0, "x");
    FilePosition position{"/log/a", {}};
    BatchPtr batch = builder.seal({Uuid::random(), 1}, Seconds(1));
    REQUIRE(state->journals[0]->append_unsynced(*batch, position.encode()).ok());
    REQUIRE(state->journals[0]->commit().ok());
  }
  options.v3 = true;
  auto state = IngestState::open(disk, options, Clock::system());
  CHECK(state.status().code() == Code::kInvalid);
  CHECK(state.status().message().starts_with("1 events of /log/a wait in /state/a-"));
}

}  // namespace
}  // namespace ox
