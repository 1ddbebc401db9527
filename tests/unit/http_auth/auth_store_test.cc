#include "common/http/auth/auth_store.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http_auth/auth_files.h"
#include "tests/unit/http_auth/written_file.h"

namespace ox {

static bool lets_in(const AuthPolicy& policy, std::string_view authorization) {
  AuthRequest request{.peer = "127.0.0.1", .authorization = authorization};
  return policy.decide(Api::kOther, request).outcome == AuthDecision::Outcome::kAllowed;
}

static std::unique_ptr<AuthStore> opened(const AuthSettings& settings,
                                         const AuthStore::Scope& scope, const Clock& clock) {
  auto store = AuthStore::open(settings, scope, FileSystem::real(), clock);
  REQUIRE_MESSAGE(store.ok(), store.status().message());
  return std::move(store).value();
}

TEST_CASE("a reload takes what the files hold now; who asked before keeps what it has") {
  TemporaryDirectory directory;
  FakeClock clock;
  AuthSettings settings;
  settings.token_file = written_file(directory / "tokens", "old\n");
  auto store = opened(settings, {}, clock);
  auto before = store->current();
  CHECK(lets_in(*before, "old"));
  written_file(settings.token_file, "new\n");
  CHECK(store->current() == before);
  REQUIRE(store->reload().ok());
  CHECK(lets_in(*store->current(), "new"));
  CHECK_FALSE(lets_in(*store->current(), "old"));
  CHECK(lets_in(*before, "old"));
}

TEST_CASE("a reload that fails keeps the policy in force and says why") {
  TemporaryDirectory directory;
  FakeClock clock;
  AuthSettings settings;
  settings.token_file = written_file(directory / "tokens", "old\n");
  auto store = opened(settings, {}, clock);
  auto before = store->current();

  written_file(settings.token_file, "new nonsense\n");
  Status status = store->reload();
  REQUIRE_FALSE(status.ok());
  CHECK(status.message().starts_with("OX_HTTP_TOKEN_FILE: " + settings.token_file + ": line 1: "));
  CHECK(store->current() == before);

  written_file(settings.token_file, "new\n", 0644);
  CHECK_FALSE(store->reload().ok());
  CHECK(store->current() == before);

  REQUIRE(::unlink(settings.token_file.c_str()) == 0);
  CHECK(store->reload().code() == Code::kNotFound);
  CHECK(store->current() == before);
  CHECK(lets_in(*store->current(), "old"));
}

TEST_CASE("a user who is taken out of the file is out after a reload, verified before or not") {
  TemporaryDirectory directory;
  FakeClock clock;
  AuthSettings settings;
  settings.user_file = written_file(directory / "users", kUserFile);
  auto store = opened(settings, {}, clock);
  CHECK(lets_in(*store->current(), kBobObo));
  std::string others = kUserFile;
  others.replace(others.find("bob"), 3, "eve");
  written_file(settings.user_file, others);
  REQUIRE(store->reload().ok());
  CHECK_FALSE(lets_in(*store->current(), kBobObo));
  CHECK(lets_in(*store->current(), kOboBob));
}

TEST_CASE("a configuration that is not safe for its listeners is refused") {
  FakeClock clock;
  AuthStore::Scope scope;
  scope.listeners = {{Address::tcp("127.0.0.1", 8080), false}, {Address::tcp("*", 8081), true}};
  scope.apis = {Api::kOther};
  auto store = AuthStore::open({}, scope, FileSystem::real(), clock);
  REQUIRE_FALSE(store.ok());
  CHECK(store.status().message().starts_with("*:8081: beyond loopback, "));

  scope.insecure = true;
  auto insecure = opened({}, scope, clock);
  REQUIRE(insecure->warnings().size() == 1);
  CHECK(insecure->warnings()[0].starts_with("*:8081: anybody may come in: "));

  scope.insecure = false;
  AuthSettings settings;
  settings.token = "t";
  CHECK(opened(settings, scope, clock)->warnings().empty());
}

TEST_CASE("warnings are those of the policy in force") {
  TemporaryDirectory directory;
  FakeClock clock;
  AuthSettings settings;
  settings.user_file = written_file(directory / "users", kUserFile, 0644);
  auto store = opened(settings, {}, clock);
  CHECK(store->warnings().size() == 1);
  written_file(settings.user_file, kUserFile, 0640);
  REQUIRE(store->reload().ok());
  CHECK(store->warnings().empty());
}

TEST_CASE("requests go on while the configuration is replaced") {
  TemporaryDirectory directory;
  FakeClock clock;
  AuthSettings settings;
  settings.token_file = written_file(directory / "tokens", "always\n");
  auto store = opened(settings, {}, clock);
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!stop)
        if (!lets_in(*store->current(), "Bearer always")) ++refused;
    });
  for (int i = 0; i < 50; ++i) CHECK(store->reload().ok());
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(refused == 0);
}

}  // namespace ox
