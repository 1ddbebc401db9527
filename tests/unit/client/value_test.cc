#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include <doctest/doctest.h>
#include <oxd/value.h>

namespace ox {
namespace {

TEST_CASE("what C++ programs have at hand becomes a value of its kind") {
  using Kind = Value::Kind;
  CHECK(Value().kind() == Kind::kNil);
  CHECK(Value(nullptr).kind() == Kind::kNil);
  CHECK(Value(static_cast<const char*>(nullptr)).kind() == Kind::kNil);
  CHECK(Value(true).kind() == Kind::kBool);
  CHECK(Value(-1).kind() == Kind::kInt);
  CHECK(Value(1U).kind() == Kind::kUint);
  CHECK(Value(1.5F).kind() == Kind::kDouble);
  CHECK(Value("text").kind() == Kind::kText);
  CHECK(Value(std::string("text")).kind() == Kind::kText);
  CHECK(Value(std::string_view("text")).kind() == Kind::kText);
  CHECK(Value('c').text() == "c");
  CHECK(Value(std::optional<int>()).is_nil());
  CHECK(Value(std::optional<int>(3)).integer() == 3);
  CHECK(Value(std::chrono::milliseconds(1500)).real() == 1.5);
  CHECK(Value(std::chrono::system_clock::time_point(std::chrono::seconds(1'500'000'000))).real() ==
        1.5e9);
}

TEST_CASE("containers become lists and maps") {
  CHECK(Value(std::vector<int>{1, 2}) == Value::list({1, 2}));
  CHECK(Value(std::array<std::string, 1>{"a"}) == Value::list({"a"}));
  CHECK(Value(std::set<std::string>{"b", "a"}) == Value::list({"a", "b"}));
  CHECK(Value(std::map<std::string, int>{{"a", 1}}) == Value::map({{"a", 1}}));
  CHECK(Value(std::unordered_map<std::string, double>{{"a", 1.5}}) == Value::map({{"a", 1.5}}));
  CHECK(Value(std::vector<std::vector<int>>{{1}, {}}) ==
        Value::list({Value::list({1}), Value::list({})}));
}

TEST_CASE("a value of another kind reads as nothing") {
  Value text("seven");
  CHECK(text.integer() == 0);
  CHECK(text.real() == 0.0);
  CHECK_FALSE(text.boolean());
  CHECK(text.list().empty());
  CHECK(text.members().empty());
  CHECK(text.find("key") == nullptr);
  CHECK(Value(7).text().empty());
}

TEST_CASE("a map keeps the order of its keys, and a key has one value") {
  Value map = Value::map({{"b", 1}, {"a", 2}, {"b", 3}});
  REQUIRE(map.members().size() == 2);
  CHECK(map.members()[0].key == "b");
  CHECK(map.find("b")->integer() == 3);
  CHECK(map.find("a")->integer() == 2);
}

TEST_CASE("maps are equal whatever the order of their keys, kinds differ") {
  CHECK(Value::map({{"a", 1}, {"b", 2}}) == Value::map({{"b", 2}, {"a", 1}}));
  CHECK(Value::map({{"a", 1}}) != Value::map({{"a", 2}}));
  CHECK(Value::map({{"a", 1}}) != Value::map({{"b", 1}}));
  CHECK(Value(1) != Value(1.0));
  CHECK(Value::list({}) != Value::map({}));
}

}  // namespace
}  // namespace ox
