#include "oxview/format/event_template.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

std::string why_no_template(std::string_view text) {
  auto parsed = EventTemplate::parse(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == Code::kInvalid);
  return parsed.status().message();
}

}  // namespace

TEST_CASE("a template is text and fields in turn") {
  auto parsed = EventTemplate::parse("{{{id}}} at {host}:{body->>'}'}{body.\"}\"}.");
  REQUIRE(parsed.ok());
  const auto& parts = parsed->parts();
  REQUIRE(parts.size() == 5);
  CHECK(parts[0].text == "{");
  CHECK(parts[0].field->name() == "id");
  CHECK(parts[1].text == "} at ");
  CHECK(parts[1].field->name() == "host");
  CHECK(parts[2].text == ":");
  CHECK(parts[2].field->name() == "body->>'}'");
  CHECK(parts[3].text.empty());
  CHECK(parts[3].field->name() == "body.\"}\"");
  CHECK(parts[4].text == ".");
  CHECK_FALSE(parts[4].field);
}

TEST_CASE("text alone is a template, and so is none") {
  CHECK(EventTemplate::parse("x")->parts()[0].text == "x");
  CHECK(EventTemplate::parse("").ok());
  CHECK(EventTemplate::parse("{{}}")->parts()[0].text == "{}");
}

TEST_CASE("a wrong template says where") {
  CHECK(why_no_template("ab}").find("at character 3") != std::string::npos);
  CHECK(why_no_template("a{id").find("at character 2") != std::string::npos);
  CHECK(why_no_template("{id} {hots}").find("at character 7") != std::string::npos);
  CHECK(why_no_template("{id} {hots}").find("'host'") != std::string::npos);
  CHECK(why_no_template("{}").find("at character 2") != std::string::npos);
  CHECK(why_no_template("{{id}").find("at character 5") != std::string::npos);
}

}  // namespace ox
