#include "common/ingest/api/elasticsearch/bulk_answer.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

BulkAction refused_action(BulkOp op, std::string_view id) {
  return {.op = op,
          .index = "logs",
          .id = id,
          .options = RawValue(),
          .document = RawValue(),
          .error_type = "some_exception",
          .error_reason = "for \"this\""};
}

// One that is stored, one that is refused, one to be sent again, and one refused by the collector.
BulkAnswer mixed_answer() {
  BulkAnswer answer;
  answer.add_open(BulkOp::kIndex, "logs", "a");
  answer.add_refused(refused_action(BulkOp::kDelete, "b"));
  answer.settle_stored(0, 2, 41);
  answer.add_open(BulkOp::kCreate, "logs", "");
  answer.settle_rest();
  answer.add_open(BulkOp::kIndex, "other", "d");
  answer.settle_refused(3, 4, "for what it is");
  return answer;
}

std::string filtered(std::string_view filter) {
  return mixed_answer().text(FilterPath(filter), 3, "come again", nullptr);
}

}  // namespace

TEST_CASE("every action is answered in its place") {
  CHECK(mixed_answer().text(FilterPath(), 3, "come again", nullptr) ==
        R"({"took":3,"errors":true,"items":[)"
        R"({"index":{"_index":"logs","_id":"a","_version":1,"result":"created",)"
        R"("_shards":{"total":1,"successful":1,"failed":0},"_seq_no":41,"_primary_term":1,)"
        R"("status":201}},)"
        R"({"delete":{"_index":"logs","_id":"b","status":400,)"
        R"("error":{"type":"some_exception","reason":"for \"this\""}}},)"
        R"({"create":{"_index":"logs","status":429,)"
        R"("error":{"type":"unavailable_shards_exception","reason":"come again"}}},)"
        R"({"index":{"_index":"other","_id":"d","status":400,)"
        R"("error":{"type":"illegal_argument_exception","reason":"for what it is"}}}]})");
}

TEST_CASE("an answer without errors says so") {
  BulkAnswer answer;
  answer.add_open(BulkOp::kIndex, "i", "1");
  answer.settle_stored(0, 1, 0);
  answer.settle_rest();
  CHECK(answer.stored() == 1);
  CHECK(answer.text(FilterPath("errors"), 0, "", nullptr) == R"({"errors":false})");
  CHECK(BulkAnswer().text(FilterPath(), 0, "", nullptr) ==
        R"({"took":0,"errors":false,"items":[]})");
}

TEST_CASE("numbers of stored documents go up, past those that were refused") {
  BulkAnswer answer;
  answer.add_open(BulkOp::kIndex, "i", "1");
  answer.add_refused(refused_action(BulkOp::kIndex, "2"));
  answer.add_open(BulkOp::kIndex, "i", "3");
  answer.settle_stored(0, 3, 7);
  CHECK(answer.text(FilterPath("items.*._seq_no"), 0, "", nullptr) ==
        R"({"items":[{"index":{"_seq_no":7}},{"index":{"_seq_no":8}}]})");
}

TEST_CASE("only what a client wants of the answer is in it") {
  CHECK(filtered("took") == R"({"took":3})");
  CHECK(filtered("errors,items.*.status") ==
        R"({"errors":true,"items":[{"index":{"status":201}},{"delete":{"status":400}},)"
        R"({"create":{"status":429}},{"index":{"status":400}}]})");
  CHECK(filtered("items.*.error.type") ==
        R"({"items":[{"delete":{"error":{"type":"some_exception"}}},)"
        R"({"create":{"error":{"type":"unavailable_shards_exception"}}},)"
        R"({"index":{"error":{"type":"illegal_argument_exception"}}}]})");
  CHECK(filtered("items.create") ==
        R"({"items":[{"create":{"_index":"logs","status":429,)"
        R"("error":{"type":"unavailable_shards_exception","reason":"come again"}}}]})");
  CHECK(filtered("nothing") == "{}");
  CHECK(filtered("-took,-items") == R"({"errors":true})");
  CHECK(filtered("items.index._sh*.total") == R"({"items":[{"index":{"_shards":{"total":1}}}]})");
}

TEST_CASE("an error of the whole request stands before its items") {
  BulkAnswer answer;
  answer.add_open(BulkOp::kIndex, "i", "1");
  answer.settle_rest();
  const HttpError error{.status = 503, .message = "nobody is there"};
  CHECK(answer.text(FilterPath(), 5, error.message, &error) ==
        R"({"error":{"root_cause":[{"type":"unavailable_shards_exception",)"
        R"("reason":"nobody is there"}],"type":"unavailable_shards_exception",)"
        R"("reason":"nobody is there"},"status":503,"took":5,"errors":true,"items":[)"
        R"({"index":{"_index":"i","_id":"1","status":429,"error":{)"
        R"("type":"unavailable_shards_exception","reason":"nobody is there"}}}]})");
}

TEST_CASE("filter paths know stars in keys and for keys") {
  auto wants = [](std::string_view filter, const FilterPath::Keys& path) {
    return FilterPath(filter).wants(path);
  };
  const FilterPath::Keys path = {"items", "index", "error", "type"};
  for (const char* filter :
       {"", "items", "items.index", "items.*.error", "**.type", "**.error.*", "i*s.*.e*r.t*",
        "a,items", " a , items ", "**", "items.**.**.type", "-took", "items,-items.index.status"})
    CHECK_MESSAGE(wants(filter, path), filter);
  for (const char* filter : {"took", "item", "items.create", "items.error", "**.reason",
                             "items.*.*.*.*", "-items", "items,-**.type", "-items.i*x.error"})
    CHECK_MESSAGE(!wants(filter, path), filter);
}

}  // namespace ox
