#include "common/ingest/api/elasticsearch/es_document.h"

#include <string>

#include <doctest/doctest.h>

#include "common/ingest/api/client_type.h"
#include "common/ingest/api/elasticsearch/es_index.h"
#include "tests/unit/model/packed.h"

namespace ox {

TEST_CASE("an index is of the family that its name has without a date") {
  for (const auto& [index, family] : std::initializer_list<std::pair<const char*, const char*>>{
           {"logstash-2026.11.21", "logstash"},
           {"logstash-2026.47", "logstash"},
           {"app_2026-11-21", "app"},
           {"app-2026.11", "app"},
           {"app-2026.11.21.07", "app"},
           {"app-20261121", "app"},
           {"app-202611", "app"},
           {"app-2026112107", "app"},
           {"filebeat-8.1.0-2026.11.21-000001", "filebeat-8.1.0"},
           {"app-000007", "app"},
           {"<logstash-{now/d}>", "logstash"},
           {"<a-{now/d{yyyy.MM|+12:00}}>", "a"}})
    CHECK(index_family(index) == family);
}

TEST_CASE("names without a date stay as they are") {
  for (const char* index : {"logs-nginx-default", "app", "app-2026", "2026.11.21", "v1.2.3",
                            "app-2026.99", "app-1812.11.21", "app-12345678", "app-2026.11-21",
                            "a2026.11.21", "000007", "<{now}>", "-", "x-1.2", "node-10.0.0.12"})
    CHECK(index_family(index) == index);
}

TEST_CASE("a client's type is a name, whatever it wrote") {
  auto type = [](std::string_view text) {
    std::string out;
    make_client_type(text, "otherwise", out);
    return out;
  };
  CHECK(type("logs-nginx") == "logs-nginx");
  CHECK(type("a b\n") == "a_b_");
  CHECK(type(".ds-logs") == "ds-logs");
  CHECK(type("..") == "otherwise");
  CHECK(type("") == "otherwise");
  CHECK(type(std::string(100, 'x')) == std::string(63, 'x'));
}

TEST_CASE("a document becomes an event with its index, its id and all that was said of it") {
  const std::string document = packed(R"({"message": "hi", "a": {"b": [1, 2.5, null]}})");
  const std::string options = packed(R"({"_index": "logs", "_id": "7", "routing": "r"})");
  EsDocument model("logs", "7", RawValue(options));
  ForeignEvent event;
  event.type = "logs";
  event.host = "h";
  event.end = 1;
  REQUIRE(model.fill(RawValue(document), event).ok());
  std::string out;
  REQUIRE(event.append_to(out).ok());
  CHECK(json_of(out) ==
        R"({"id": "7", "type": "logs", "host": "h", "end": 1.0, "body": {"message": "hi", )"
        R"("a": {"b": [1, 2.5, null]}, "_index": "logs", "_action": {"routing": "r"}}})");
}

TEST_CASE("a document that is no object is none") {
  const std::string document = packed("[1]");
  ForeignEvent event;
  CHECK(EsDocument("i", "").fill(RawValue(document), event).message() ==
        "the document is no object");
}

}  // namespace ox
