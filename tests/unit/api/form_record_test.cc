#include "common/ingest/api/chronologer/form_record.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string record_of(std::string_view form) {
  auto pairs = parse_pairs(form);
  REQUIRE(pairs.ok());
  std::string out;
  Status status = append_form_record(*pairs, out);
  return status.ok() ? json_of(out) : status.message();
}

TEST_CASE("values of a form are Python literals again") {
  CHECK(record_of("lineno=20&args=%288%2C+%27arg2%27%29&stack_info=None&empty=()&t=True") ==
        R"({"lineno": 20, "args": [8, "arg2"], "stack_info": null, "empty": [], "t": true})");
  CHECK(record_of("nested=[{1:+2},+('123',+'234')]") ==
        R"({"nested": [{"1": 2}, ["123", "234"]]})");
  CHECK(record_of("x=007&y=1e3&z=%7B1%3A+2%7D&w=true") ==
        R"({"x": "007", "y": 1000.0, "z": {"1": 2}, "w": "true"})");
  CHECK(record_of("exc_info=(%3Cclass+'E'%3E%2C)") == R"-({"exc_info": "(<class 'E'>,)"})-");
}

TEST_CASE("what is text by nature stays text") {
  CHECK(record_of("name=123&msg=[1]&message='q'&threadName=1&module=0x1&exc_text=()") ==
        R"({"name": "123", "msg": "[1]", "message": "'q'", "threadName": "1", "module": "0x1", )"
        R"-("exc_text": "()"})-");
}

TEST_CASE("None is null but where it is a name or a message") {
  CHECK(record_of("name=None&msg=None&message=None&exc_text=None&pathname=None&origname=none") ==
        R"({"name": "None", "msg": "None", "message": "None", "exc_text": null, )"
        R"("pathname": null, "origname": "none"})");
}

TEST_CASE("a key that comes several times has all of its values, as text, in its first place") {
  CHECK(record_of("a=1&b=2&a=3&a=x") == R"({"a": ["1", "3", "x"], "b": 2})");
}

TEST_CASE("an empty form is an empty record") { CHECK(record_of("") == "{}"); }

TEST_CASE("a form that is not UTF-8 is refused") {
  CHECK(record_of("a=%ff") == "the form is not UTF-8");
  CHECK(record_of("%ff=1") == "the form is not UTF-8");
}

}  // namespace
}  // namespace ox
