#include "common/read/event_json.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string with_place(std::string_view event) {
  const LogPlace place{"20170714/a\"b-20170714.log", 18446744073709551615u};
  std::string out = "> ";
  if (!append_event_json(out, event, &place)) out += "none";
  return out;
}

}  // namespace

TEST_CASE("an event is one line of JSON, with its place behind its own keys when asked") {
  std::string out;
  CHECK(append_event_json(out, packed(R"({"id": 1, "body": {"a": [1]}})")));
  CHECK(out == R"({"id": 1, "body": {"a": [1]}})");
  CHECK(
      with_place(packed(R"({"id": 1})")) ==
      R"(> {"id": 1, "place": {"file": "20170714/a\"b-20170714.log", "offset": 18446744073709551615}})");
  CHECK(with_place(packed("{}")) ==
        R"(> {"place": {"file": "20170714/a\"b-20170714.log", "offset": 18446744073709551615}})");
}

TEST_CASE("what is no MessagePack is no line, and what is no map has no place") {
  std::string out = "before";
  for (std::string_view none :
       {std::string_view("\xc1"), std::string_view("\x81"), std::string_view("")})
    CHECK_FALSE(append_event_json(out, none));
  CHECK(out == "before");
  CHECK(with_place("\xc1") == "> none");
  CHECK(with_place(packed("[1]")) == "> none");
  CHECK(append_event_json(out, packed("[1]")));
  CHECK(out == "before[1]");
}

}  // namespace ox
