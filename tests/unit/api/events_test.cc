#include "common/ingest/api/events.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

std::string type_problem(std::string_view type) {
  Status status = check_event_type(type);
  if (!status.ok()) CHECK(status.code() == Code::kInvalid);
  return status.message();
}

TEST_CASE("a type is what a log file may be called") {
  CHECK(type_problem("request").empty());
  CHECK(type_problem("shop.checkout-2/eu").empty());
  CHECK(type_problem("zürich").empty());
  CHECK(type_problem(std::string(63, 'x')).empty());
}

TEST_CASE("what is wrong with a type is named") {
  CHECK(type_problem("") == "the type in the path is empty");
  CHECK(type_problem(std::string(64, 'x')) == "the type in the path has 64 bytes; the most is 63");
  CHECK(type_problem("a b") == "the type in the path has a blank or a control character");
  CHECK(type_problem(std::string("a\0b", 3)) ==
        "the type in the path has a blank or a control character");
  CHECK(type_problem("a\xff") == "the type in the path is not UTF-8");
  CHECK(type_problem(".a") == "the type in the path begins or ends with a dot");
  CHECK(type_problem("a..b") == "the type in the path has two dots in a row");
}

}  // namespace
}  // namespace ox
