#include "common/ingest/model/type_template.h"

#include <doctest/doctest.h>

#include "common/ingest/model/level.h"

namespace ox {
namespace {

std::string rendered(std::string_view text, const ForeignEvent& event) {
  auto made = TypeTemplate::parse(text);
  REQUIRE_MESSAGE(made.ok(), made.status().message());
  std::string out = "left over";
  made->render(event, "syslog", out);
  return out;
}

ForeignEvent event_of(std::string_view name) {
  ForeignEvent event;
  event.type = "default";
  event.host = "web-1";
  event.name = name;
  event.set_level(kLevelError);
  event.add_text("service", "shop");
  event.add_text("ns", "prod", event.section("k8s"));
  return event;
}

TEST_CASE("fields of the event and of its body have their place in the type") {
  ForeignEvent event = event_of("app.db");
  CHECK(rendered("fixed", event) == "fixed");
  CHECK(rendered("app.{name}", event) == "app.app.db");
  CHECK(rendered("{service}.{level}", event) == "shop.error");
  CHECK(rendered("{source}.{host}.{type}", event) == "syslog.web-1.default");
  CHECK(rendered("{k8s.ns}", event) == "prod");
  CHECK(rendered("{{{name}}}", event) == "{app.db}");
}

TEST_CASE("a field that is missing or empty has a default") {
  ForeignEvent event = event_of("");
  CHECK(rendered("app.{name}", event) == "app.unknown");
  CHECK(rendered("app.{nope|none}", event) == "app.none");
  CHECK(rendered("a.{name|}.b.{nope|}", event) == "a.b");
  CHECK(rendered("{name|}", event) == "default");
}

TEST_CASE("values cannot put in what a type should not have") {
  CHECK(rendered("{name}", event_of("a b\tc\nd\x7f")) == "a_b_c_d_");
  CHECK(rendered("{name}", event_of("a\xff\xc2\x85z")) == "a__z");
  CHECK(rendered("{name}", event_of("日本")) == "日本");
  CHECK(rendered("{name}", event_of("\xef\xbf\xbd")) == "\xef\xbf\xbd");
  CHECK(rendered("{name}", event_of("..a...b..")) == "a.b");
  CHECK(rendered("{name}", event_of("...")) == "default");
  CHECK(rendered("{name}", event_of("{x}")) == "{x}");
}

TEST_CASE("a type has 63 bytes and no half characters") {
  std::string exact(63, 'a');
  CHECK(rendered("{name}", event_of(exact)) == exact);
  CHECK(rendered("{name}", event_of(exact + "b")) == exact);
  std::string wide = std::string(62, 'a') + "日";
  CHECK(rendered("{name}", event_of(wide)) == std::string(62, 'a'));
  std::string dot = std::string(62, 'a') + ".b";
  CHECK(rendered("{name}", event_of(dot)) == std::string(62, 'a'));
}

TEST_CASE("mistakes in a template are named with their column") {
  auto error = [](std::string_view text) { return TypeTemplate::parse(text).status().message(); };
  CHECK(error("") == "a type template must not be empty");
  CHECK(error("app.{name") == "column 5: '{' without its '}' (write '{{' for a brace)");
  CHECK(error("app}") == "column 4: '}' without its '{' (write '}}' for a brace)");
  CHECK(error("a{}") == "column 2: no field in the braces");
  CHECK(error("a{|x}") == "column 2: no field in the braces");
  CHECK(error("a{b{c}") == "column 2: a '{' within braces");
  CHECK(error("a b") == "column 2: a blank or a control character");
}

TEST_CASE("a template without fields is known to be constant") {
  CHECK(TypeTemplate::parse("app")->constant());
  CHECK(!TypeTemplate::parse("{name}")->constant());
}

}  // namespace
}  // namespace ox
