#include "common/ingest/api/upload/upload_items.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/ingest/api/upload/msgpack_items.h"
#include "common/ingest/api/upload/upload_format.h"
#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// "line 2: {...}" for each, or why it is none.
std::string shown_item(const UploadItem& item) {
  if (item.status.ok()) return item.where() + ": " + json_of(item.document.bytes());
  return item.where() + " (" + std::string(code_name(item.status.code())) +
         "): " + item.status.message();
}

// All items of a body that comes in pieces of `size` bytes.
std::vector<std::string> items_of(UploadItems& items, std::string_view body, std::size_t size) {
  std::vector<std::string> out;
  UploadItem item;
  for (std::size_t at = 0; at < body.size(); at += size) {
    items.append(body.substr(at, size));
    while (items.next(item)) out.push_back(shown_item(item));
  }
  items.end();
  while (items.next(item)) out.push_back(shown_item(item));
  CHECK(items.ended());
  CHECK_FALSE(items.next(item));
  return out;
}

using Items = std::vector<std::string>;

// However it arrives, it is the same.
Items msgpack_items_of(std::string_view body, std::size_t most = 1000) {
  const Items whole = items_of(*msgpack_items(most), body, body.size() + 1);
  for (const std::size_t size : {1U, 2U, 7U}) {
    CAPTURE(size);
    CHECK(items_of(*msgpack_items(most), body, size) == whole);
  }
  return whole;
}

Items document_items_of(const std::string& json) {
  std::string documents;
  REQUIRE(append_json_documents(json, documents).ok());
  return items_of(*document_items(std::move(documents)), "", 1);
}

TEST_CASE("lines are documents, by their number, and blank ones are passed over") {
  for (const std::size_t size : {1U, 3U, 100U}) {
    CAPTURE(size);
    auto items = line_items({.max_line = 20});
    CHECK(items_of(*items, "{\"a\":1}\r\n\n  \n[2]\n\"no end\"", size) ==
          Items{"line 1: {\"a\": 1}", "line 4: [2]", "line 5: \"no end\""});
    CHECK_FALSE(items->single());
  }
}

TEST_CASE("a line that is no document, or too long, does not hide the next") {
  auto items = line_items({.max_line = 10});
  const Items found = items_of(*items, "{\n" + std::string(35, '1') + "\n3\n", 4);
  REQUIRE(found.size() == 3);
  CHECK(found[0].starts_with("line 1 (invalid): column 2"));
  CHECK(found[1] == "line 2 (too large): too long");
  CHECK(found[2] == "line 3: 3");
}

TEST_CASE("where blank lines count, they are documents that are none") {
  const Items found = items_of(*line_items({.skip_blank = false}), "1\n\n2\n", 100);
  REQUIRE(found.size() == 3);
  CHECK(found[1].starts_with("line 2 (invalid): "));
}

TEST_CASE("bytes that are no UTF-8 are refused where they must be") {
  CHECK(items_of(*line_items({}), "\"\xff\"", 9).front() == "line 1: \"\\ufffd\"");
  CHECK(items_of(*line_items({.utf8_only = true}), "\"\xff\"", 9).front() ==
        "line 1 (invalid): not UTF-8");
}

TEST_CASE("lines of text stand as they are") {
  CHECK(items_of(*line_items({.json = false}), "one {\n\ntwo", 4) ==
        Items{"line 1: \"one {\"", "line 3: \"two\""});
}

TEST_CASE("the elements of arrays are items, as are documents behind each other") {
  CHECK(document_items_of("{\"a\": 1}") == Items{"index 0: {\"a\": 1}"});
  CHECK(document_items_of("[1, [2], {}]") == Items{"index 0: 1", "index 1: [2]", "index 2: {}"});
  CHECK(document_items_of("{} {}[3]\n4 []") ==
        Items{"index 0: {}", "index 1: {}", "index 2: 3", "index 3: 4"});
  CHECK(document_items_of("[]").empty());
}

TEST_CASE("one document is told from a list of one") {
  auto single = [](const std::string& json) {
    std::string documents;
    REQUIRE(append_json_documents(json, documents).ok());
    return document_items(std::move(documents))->single();
  };
  CHECK(single("{}"));
  CHECK_FALSE(single("[{}]"));
  CHECK_FALSE(single("{}{}"));
}

TEST_CASE("of a body that is too long the beginning counts, and its end is told") {
  const std::string body = "1\n2\n3\n4\n";
  CHECK(items_of(*bounded_items(line_items({}), 8), body, 2) ==
        Items{"line 1: 1", "line 2: 2", "line 3: 3", "line 4: 4"});
  // A line that is cut is none.
  CHECK(items_of(*bounded_items(line_items({.json = false}), 7), body, 1) ==
        Items{"line 1: \"1\"", "line 2: \"2\"", "line 3: \"3\"",
              "index 3 (too large): the body has more than 7 B"});
}

TEST_CASE("an array's items have their texts where they are asked for") {
  const std::string body = "[1.50, {\"a\":2}]";
  std::string documents;
  REQUIRE(append_json_documents(body, documents).ok());
  auto items = document_items(documents, body);
  UploadItem item;
  REQUIRE(items->next(item));
  CHECK(item.text == "1.50");
  REQUIRE(items->next(item));
  CHECK(item.text == "{\"a\":2}");
}

TEST_CASE("a text that is no JSON gives nothing") {
  std::string out = "x";
  for (const char* text : {"", "  ", "{} {", "[1,]", "{}}"}) {
    CAPTURE(text);
    CHECK(append_json_documents(text, out).code() == Code::kInvalid);
    CHECK(out == "x");
  }
}

TEST_CASE("MessagePack comes as maps behind each other, or in arrays") {
  const std::string a = packed(R"({"a": 1})");
  const std::string list = packed(R"([{"b": 2}, 3, [4]])");
  CHECK(msgpack_items_of(a) == Items{"index 0: {\"a\": 1}"});
  CHECK(msgpack_items_of(a + list + a) == Items{"index 0: {\"a\": 1}", "index 1: {\"b\": 2}",
                                                "index 2: 3", "index 3: [4]",
                                                "index 4: {\"a\": 1}"});
  CHECK(msgpack_items_of(packed("[]") + a) == Items{"index 0: {\"a\": 1}"});
  CHECK(msgpack_items_of("").empty());
  std::string long_array("\xdd\0\0\0\x2", 5);
  CHECK(msgpack_items_of(long_array + a + a).size() == 2);
  auto one = msgpack_items(100);
  (void)items_of(*one, a, 100);
  CHECK(one->single());
  auto listed = msgpack_items(100);
  (void)items_of(*listed, "\x91" + a, 100);
  CHECK_FALSE(listed->single());
}

TEST_CASE("what is cut or no MessagePack is told, and ends the body") {
  const std::string a = packed(R"({"a": 1})");
  CHECK(msgpack_items_of(a + a.substr(0, 3)).back() ==
        "index 1 (invalid): the body ends within this");
  CHECK(msgpack_items_of("\x92" + a).back() == "index 1 (invalid): the array ends early");
  CHECK(msgpack_items_of("\xdd\x01").back() == "index 0 (invalid): the body ends within this");
  CHECK(msgpack_items_of(a + "\xc1" + a) ==
        Items{"index 0: {\"a\": 1}", "index 1 (invalid): this is no MessagePack"});
}

TEST_CASE("an item that is too long ends the body, one that nests too deeply does not") {
  const std::string a = packed(R"({"a": 1})");
  std::string text;
  pack_text(text, std::string(200, 'x'));
  CHECK(msgpack_items_of(a + text + a, 100) ==
        Items{"index 0: {\"a\": 1}", "index 1 (too large): too long"});
  const std::string deep = "\x81\xa1k" + std::string(300, '\x91') + "\x01";
  const Items found = msgpack_items_of(deep + a);
  REQUIRE(found.size() == 2);
  CHECK(found[0].starts_with("index 0 (invalid): nested deeper"));
  CHECK(found[1] == "index 1: {\"a\": 1}");
}

TEST_CASE("a body is what its Content-Type says") {
  CHECK(upload_format("") == UploadFormat::kJson);
  CHECK(upload_format("Application/JSON; charset=utf-8") == UploadFormat::kJson);
  CHECK(upload_format("application/cloudevents+json") == UploadFormat::kJson);
  CHECK(upload_format("application/x-ndjson") == UploadFormat::kLines);
  CHECK(upload_format("application/x-msgpack") == UploadFormat::kMsgpack);
  CHECK(upload_format("text/plain") == UploadFormat::kText);
  CHECK_FALSE(upload_format("application/x-www-form-urlencoded"));
  CHECK_FALSE(upload_format("nonsense"));
}

}  // namespace
}  // namespace ox
