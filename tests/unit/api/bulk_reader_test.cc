#include "common/ingest/api/elasticsearch/bulk_reader.h"

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string told(const BulkAction& action) {
  std::string out = fmt::format("{} {}/{}", bulk_op_name(action.op), action.index, action.id);
  if (!action.error_type.empty())
    return fmt::format("{} {}: {}", out, action.error_type, action.error_reason);
  return out + " " + json_of(action.document.bytes());
}

// Every action of a body, a line each; "!" and the complaint where it cannot be followed.
std::string bulk_actions(const std::string& body, const std::string& index = "") {
  BulkReader reader(index);
  BulkAction action;
  std::string out;
  std::size_t number = 0;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find('\n', at);
    const auto found = reader.take(body.substr(at, end - at), ++number, false, action);
    if (found == BulkReader::Found::kMalformed) return out + "!" + reader.malformed() + "\n";
    if (found == BulkReader::Found::kAction) out += told(action) + "\n";
    at = end == std::string::npos ? body.size() : end + 1;
  }
  if (reader.end(action) == BulkReader::Found::kAction) out += told(action) + "\n";
  return out;
}

constexpr const char* kValidationError =
    "action_request_validation_exception: Validation Failed: 1: ";

}  // namespace

TEST_CASE("actions and their documents are told apart, blank lines between them passed over") {
  CHECK(bulk_actions("{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n\n\n"
                     "{\"create\":{\"_index\":\"b\"}}\n{}\n") ==
        "index a/1 {\"x\": 1}\ncreate b/ {}\n");
}

TEST_CASE("the last line may be without its end") {
  CHECK(bulk_actions("{\"index\":{\"_index\":\"a\"}}\n{\"x\":1}") == "index a/ {\"x\": 1}\n");
}

TEST_CASE("the index of the path is that of actions without one") {
  CHECK(bulk_actions("{\"index\":{}}\n{}\n{\"index\":{\"_index\":\"own\"}}\n{}\n"
                     "{\"index\":{\"_index\":null}}\n{}\n",
                     "path") == "index path/ {}\nindex own/ {}\nindex path/ {}\n");
  CHECK(bulk_actions("{\"index\":{}}\n{}\n") ==
        std::string("index / ") + kValidationError + "index is missing;\n");
}

TEST_CASE("an id may be a number") {
  CHECK(bulk_actions("{\"index\":{\"_id\":7}}\n{}\n{\"index\":{\"_id\":-7}}\n{}\n"
                     "{\"index\":{\"_id\":null}}\n{}\n",
                     "i") == "index i/7 {}\nindex i/-7 {}\nindex i/ {}\n");
  CHECK(bulk_actions("{\"index\":{\"_id\":\"\"}}\n{}\n{\"index\":{\"_id\":[]}}\n{}\n", "i") ==
        "index i/ illegal_argument_exception: if _id is specified it must not be empty\n"
        "index i/ illegal_argument_exception: _id must be text or an integer\n");
}

TEST_CASE("updates and deletions are refused, and what follows is understood") {
  CHECK(bulk_actions("{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n{\"delete\":{\"_id\":\"2\"}}\n"
                     "{\"index\":{}}\n{}\n",
                     "i") ==
        fmt::format("update i/1 {0}documents are kept as events, and not updated;\n"
                    "delete i/2 {0}documents are kept as events, and not deleted;\nindex i/ {{}}\n",
                    kValidationError));
}

TEST_CASE("a document that is none is refused alone") {
  CHECK(bulk_actions("{\"index\":{}}\n[1]\n{\"index\":{}}\n\n{\"index\":{}}\n{}\n", "i") ==
        "index i/ document_parsing_exception: failed to parse: the document is no object\n"
        "index i/ document_parsing_exception: failed to parse: line 1, column 1 (byte 0): "
        "the document ends before a value\nindex i/ {}\n");
}

TEST_CASE("an action whose document is missing at the end is refused") {
  CHECK(bulk_actions("{\"index\":{\"_id\":\"1\"}}\n", "i") ==
        std::string("index i/1 ") + kValidationError + "source is missing;\n");
}

TEST_CASE("a line that is no action ends it") {
  const std::string good = "{\"index\":{}}\n{}\n";
  auto complaint = [&](const std::string& line) {
    const std::string out = bulk_actions(good + line + "\n" + good, "i");
    REQUIRE(out.starts_with("index i/ {}\n!"));
    return out.substr(out.find('!') + 1);
  };
  CHECK(complaint("{\"foo\":{}}") ==
        "Malformed action/metadata line [3], expected one of [create, delete, index, update] but "
        "found [foo]\n");
  CHECK(complaint("[]") == "Malformed action/metadata line [3], expected START_OBJECT\n");
  CHECK(complaint("{}") == "Malformed action/metadata line [3], expected one action\n");
  CHECK(complaint("{\"index\":{},\"create\":{}}") ==
        "Malformed action/metadata line [3], expected one action\n");
  CHECK(complaint("{\"index\":1}") ==
        "Malformed action/metadata line [3], expected START_OBJECT for the action\n");
  CHECK(complaint("{").starts_with("Malformed action/metadata line [3]: line 1, column 2"));
}

TEST_CASE("names that are too long are refused, and not repeated in the answer") {
  const std::string index(256, 'i'), id(513, 'x');
  CHECK(bulk_actions("{\"index\":{\"_index\":\"" + index + "\"}}\n{}\n") ==
        "index / invalid_index_name_exception: index name is too long, (256 > 255)\n");
  CHECK(bulk_actions("{\"index\":{\"_id\":\"" + id + "\"}}\n{}\n", "i") ==
        "index i/ illegal_argument_exception: id is too long, must be no longer than 512 bytes but "
        "was: 513\n");
}

TEST_CASE("a document cut for its length is refused, an action that is ends it") {
  BulkReader reader("i");
  BulkAction action;
  CHECK(reader.take("{\"index\":{}}", 1, false, action) == BulkReader::Found::kNothing);
  CHECK(reader.take("{\"x\":1", 2, true, action) == BulkReader::Found::kAction);
  CHECK(action.error_reason == "the document is too long");
  CHECK(reader.take("{\"index\":", 3, true, action) == BulkReader::Found::kMalformed);
}

}  // namespace ox
