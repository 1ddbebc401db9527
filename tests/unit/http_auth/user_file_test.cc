#include "common/http/auth/user_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace ox {

static constexpr const char* kBob =
    R"({"username":"bob","pbkdf2":"f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82",)"
    R"("hashname":"sha256","salt":"c0139cff","iterations":32,"roles":["writer"]})";
static constexpr const char* kObo =
    R"({"username":"obo","pbkdf2":"ff680a9237549f698da5345119dec1ed314eb4fdefe59837d0724d747c3169)"
    R"(089ae45215ec98b7c84b7b8b3ac1589139","hashname":"sha384","salt":"9230dbdd5a13f009",)"
    R"("iterations":4096,"roles":["basic-reader","query-reader"]})";

// kBob with one part of it replaced.
static std::string changed(std::string_view from, std::string_view to) {
  std::string text = kBob;
  std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

static std::string complaint_about(std::string_view json) {
  auto users = parse_user_file(json);
  REQUIRE_FALSE(users.ok());
  CHECK(users.status().code() == Code::kInvalid);
  return users.status().message();
}

TEST_CASE("the users of a file can log in") {
  auto entries = parse_user_file(fmt::format(" [{},\n {}]\n", kBob, kObo));
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 2);
  FakeClock clock;
  Users users = Users::stretched(std::move(entries.value()), {}, clock);
  auto bob = users.check("bob", "obo");
  CHECK(bob.verdict == Users::Verdict::kAccepted);
  CHECK(bob.roles.to_string() == "writer");
  auto obo = users.check("obo", "bob");
  CHECK(obo.verdict == Users::Verdict::kAccepted);
  CHECK(obo.roles.to_string() == "basic-reader query-reader");
  CHECK(users.check("bob", "bob").verdict == Users::Verdict::kRefused);
}

TEST_CASE("other keys, hex in capitals and a user without roles are fine") {
  auto users = parse_user_file(
      "[" + changed("\"iterations\"", "\"comment\":{\"username\":1},\"iterations\"") + "]");
  CHECK(users.ok());
  users = parse_user_file("[" + changed("f57ef1e3", "F57EF1E3") + "]");
  CHECK(users.ok());
  users = parse_user_file("[" + changed("[\"writer\"]", "[]") + "]");
  REQUIRE(users.ok());
  CHECK(users.value()[0].roles.empty());
}

TEST_CASE("every field is required") {
  for (std::string field : {"username", "pbkdf2", "hashname", "salt", "iterations", "roles"}) {
    CAPTURE(field);
    std::string where = field == "username" ? "entry 2" : "entry 2 (\"bob\")";
    std::string json = fmt::format("[{},{}]", kObo, changed("\"" + field + "\"", "\"x\""));
    CHECK(complaint_about(json) == fmt::format("{}: \"{}\" is missing", where, field));
  }
}

TEST_CASE("a wrong field is named with its entry, and secrets are not cited") {
  struct Row {
    const char* from;
    const char* to;
    const char* complaint;
  };
  const Row rows[] = {
      {"\"bob\"", "1", "entry 1: \"username\" is not a string"},
      {"\"bob\"", "\"\"", "entry 1 (\"\"): \"username\" is empty"},
      {"\"bob\"", "\"a:b\"", "entry 1 (\"a:b\"): \"username\" has a colon in it"},
      {"\"f57e", "\"f57", "entry 1 (\"bob\"): \"pbkdf2\" is not hex"},
      {"\"f57e", "\"",
       "entry 1 (\"bob\"): \"pbkdf2\" has 30 bytes, but a digest of its hashname has 32"},
      {"\"f57e", "\"zz", "entry 1 (\"bob\"): \"pbkdf2\" is not hex"},
      {"\"sha256\"", "\"sha384\"",
       "entry 1 (\"bob\"): \"pbkdf2\" has 32 bytes, but a digest of its hashname has 48"},
      {"\"sha256\"", "\"md5\"",
       "entry 1 (\"bob\"): \"hashname\" is none of sha1, sha256, sha384, sha512"},
      {"\"sha256\"", "null", "entry 1 (\"bob\"): \"hashname\" is not a string"},
      {"\"c0139cff\"", "\"\"", "entry 1 (\"bob\"): \"salt\" is empty"},
      {"\"c0139cff\"", "13", "entry 1 (\"bob\"): \"salt\" is not a string"},
      {":32", ":0", "entry 1 (\"bob\"): \"iterations\" is 0"},
      {":32", ":-1", "entry 1 (\"bob\"): \"iterations\" is not a whole number above 0"},
      {":32", ":32.5", "entry 1 (\"bob\"): \"iterations\" is not a whole number above 0"},
      {":32", ":\"32\"", "entry 1 (\"bob\"): \"iterations\" is not a whole number above 0"},
      {":32", ":2000001", "entry 1 (\"bob\"): \"iterations\" is 2000001, more than 2000000"},
      {"[\"writer\"]", "\"writer\"", "entry 1 (\"bob\"): \"roles\" is not a list"},
      {"\"writer\"", "7", "entry 1 (\"bob\"): \"roles\" has something in it that is not a string"},
      {"\"writer\"", "\"wirter\"",
       "entry 1 (\"bob\"): \"roles\" names \"wirter\", which is no role (there are basic-reader, "
       "query-reader, writer, admin)"},
      {"\"roles\"", "\"salt\":\"x\",\"roles\"", "entry 1 (\"bob\"): \"salt\" stands twice"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.to);
    std::string message = complaint_about("[" + changed(row.from, row.to) + "]");
    CHECK(message == row.complaint);
    CHECK(message.find("c0139cff") == std::string::npos);
    CHECK(message.find("1e3e8f90") == std::string::npos);
  }
}

TEST_CASE("as many iterations as are allowed are allowed") {
  CHECK(parse_user_file("[" + changed(":32", ":2000000") + "]").ok());
}

TEST_CASE("a user name stands once") {
  CHECK(complaint_about(fmt::format("[{},{},{}]", kBob, kObo, kBob)) ==
        "entry 3 (\"bob\"): \"username\" is that of entry 1 as well");
}

TEST_CASE("a file that is no list of users is refused") {
  CHECK(complaint_about("[]") == "has no user in it");
  CHECK(complaint_about(kBob) == "is not a JSON list of users");
  CHECK(complaint_about("[1]") == "entry 1: is not an object");
  for (std::string text : {"", "{", "[", "nonsense", "[{}] x", "\xff"}) {
    CAPTURE(text);
    CHECK(complaint_about(text).starts_with("is not JSON: "));
  }
  CHECK(complaint_about(std::string(100000, '[')).starts_with("is not JSON: "));
}

}  // namespace ox
