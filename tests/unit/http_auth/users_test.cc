#include "common/http/auth/users.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

namespace ox {

using UserVerdict = Users::Verdict;

static StretchedUser user(std::string name, std::string_view password, Roles roles) {
  return {name,
          Pbkdf2Hash::kSha256,
          "salt of " + name,
          32,
          pbkdf2(Pbkdf2Hash::kSha256, password, "salt of " + name, 32),
          roles};
}

static const Roles kWrite = Roles().add(Role::kWriter);
static const Roles kRead = Roles().add(Role::kBasicReader);

TEST_CASE("the single user is let in by name and password together") {
  Users users = Users::single("logger", "s3cret", kWrite);
  CHECK(users.need_secret());
  CHECK(users.check("logger", "s3cret").verdict == UserVerdict::kAccepted);
  CHECK(users.check("logger", "s3cret").roles == kWrite);
  CHECK(users.check_quickly("logger", "s3cret").verdict == UserVerdict::kAccepted);
  struct Row {
    const char* name;
    const char* password;
  };
  const Row wrong[] = {
      {"logger", ""}, {"logger", "s3cre"},  {"logger", "s3cret "}, {"Logger", "s3cret"},
      {"", "s3cret"}, {"s3cret", "logger"}, {"logger ", "s3cret"}, {"", ""}};
  for (const Row& row : wrong) {
    CAPTURE(row.name);
    CAPTURE(row.password);
    CHECK(users.check(row.name, row.password).verdict == UserVerdict::kRefused);
    CHECK(users.check(row.name, row.password).roles.empty());
  }
}

TEST_CASE("a single user with an empty password is let in with it, and is known for it") {
  Users users = Users::single("logger", "", kWrite);
  CHECK_FALSE(users.need_secret());
  CHECK(users.check("logger", "").verdict == UserVerdict::kAccepted);
  CHECK(users.check("logger", "x").verdict == UserVerdict::kRefused);
}

TEST_CASE("users of a file have their own passwords and roles") {
  FakeClock clock;
  std::vector<StretchedUser> both = {user("bob", "obo", kWrite), user("obo", "bob", kRead)};
  Users users = Users::stretched(both, {}, clock);
  CHECK(users.need_secret());
  CHECK(users.check("bob", "obo").verdict == UserVerdict::kAccepted);
  CHECK(users.check("bob", "obo").roles == kWrite);
  CHECK(users.check("obo", "bob").roles == kRead);
  CHECK(users.check("bob", "bob").verdict == UserVerdict::kRefused);
  CHECK(users.check("logger", "").verdict == UserVerdict::kRefused);
  CHECK(users.check("nobody", "obo").verdict == UserVerdict::kRefused);
}

TEST_CASE("an empty or endless password never passes against a user file") {
  FakeClock clock;
  const std::string endless(4097, 'x');
  Users users = Users::stretched({user("careless", "", kWrite), user("verbose", endless, kWrite),
                                  user("thorough", endless.substr(1), kWrite)},
                                 {}, clock);
  CHECK(users.check("careless", "").verdict == UserVerdict::kRefused);
  CHECK(users.check("verbose", endless).verdict == UserVerdict::kRefused);
  CHECK(users.check("thorough", endless.substr(1)).verdict == UserVerdict::kAccepted);
}

TEST_CASE("without a user, nobody is let in") {
  FakeClock clock;
  Users users = Users::stretched({}, {}, clock);
  CHECK(users.check("bob", "obo").verdict == UserVerdict::kRefused);
}

TEST_CASE("a quick check knows what was checked before, until that is forgotten") {
  FakeClock clock;
  Users users = Users::stretched({user("bob", "obo", kWrite)}, {}, clock);
  CHECK(users.check_quickly("bob", "obo").verdict == UserVerdict::kUndecided);
  CHECK(users.check_quickly("bob", "wrong").verdict == UserVerdict::kUndecided);
  CHECK(users.check("bob", "obo").verdict == UserVerdict::kAccepted);
  CHECK(users.check("bob", "wrong").verdict == UserVerdict::kRefused);
  CHECK(users.check_quickly("bob", "obo").verdict == UserVerdict::kAccepted);
  CHECK(users.check_quickly("bob", "obo").roles == kWrite);
  CHECK(users.check_quickly("bob", "wrong").verdict == UserVerdict::kRefused);
  clock.advance(Seconds(60));
  CHECK(users.check_quickly("bob", "obo").verdict == UserVerdict::kUndecided);
  CHECK(users.check_quickly("bob", "wrong").verdict == UserVerdict::kUndecided);
}

TEST_CASE("a quick check treats a name that nobody has like any other") {
  FakeClock clock;
  Users users = Users::stretched({user("bob", "obo", kWrite)}, {}, clock);
  CHECK(users.check_quickly("nobody", "obo").verdict == UserVerdict::kUndecided);
  CHECK(users.check("nobody", "obo").verdict == UserVerdict::kRefused);
  CHECK(users.check_quickly("nobody", "obo").verdict == UserVerdict::kRefused);
}

TEST_CASE("a name that nobody has is refused even with the password of its stand-in") {
  FakeClock clock;
  Users users = Users::stretched({user("bob", "obo", kWrite)}, {}, clock);
  for (int i = 0; i < 20; ++i)
    CHECK(users.check("nobody" + std::to_string(i), "obo").verdict == UserVerdict::kRefused);
}

TEST_CASE("guesses push nobody who was let in out of memory") {
  FakeClock clock;
  Users::Memory memory;
  memory.accepted = 2;
  memory.refused = 2;
  Users users = Users::stretched({user("bob", "obo", kWrite)}, memory, clock);
  REQUIRE(users.check("bob", "obo").verdict == UserVerdict::kAccepted);
  for (int i = 0; i < 20; ++i) (void)users.check("bob", std::to_string(i));
  CHECK(users.check_quickly("bob", "obo").verdict == UserVerdict::kAccepted);
  CHECK(users.check_quickly("bob", "0").verdict == UserVerdict::kUndecided);
}

TEST_CASE("several threads may check at once") {
  FakeClock clock;
  Users users = Users::stretched({user("bob", "obo", kWrite), user("eve", "x", kRead)},
                                 {.accepted = 4, .refused = 4, .lifetime = Seconds(1)}, clock);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        if (users.check("bob", "obo").verdict != UserVerdict::kAccepted) ++wrong;
        if (users.check("eve", std::to_string(t * 50 + i)).verdict != UserVerdict::kRefused)
          ++wrong;
        clock.advance(Millis(100));
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace ox
