// A bulk request: its first line is a filter path, the rest its body. Every action is answered in its
// place, what is a document is an event that can be read, and the answer is JSON.
#include <algorithm>

#include "common/ingest/api/elasticsearch/bulk_answer.h"
#include "common/ingest/api/elasticsearch/es_document.h"
#include "common/ingest/api/elasticsearch/es_index.h"
#include "common/ingest/model/json_input.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_bulk {
namespace {

constexpr std::size_t kLongestLine = 1 << 12;

void check_document(const BulkAction& action) {
  OX_CHECK(!index_family(action.index).empty());
  EsDocument model(action.index, action.id, action.options);
  ForeignEvent event;
  event.type = "t";
  OX_CHECK(model.fill(action.document, event).ok());
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
}

void take(const BulkAction& action, BulkAnswer& answer) {
  OX_CHECK(action.index.size() <= kMaxIndexName && action.id.size() <= kMaxDocumentId);
  if (!action.error_type.empty()) {
    OX_CHECK(!action.error_reason.empty());
    answer.add_refused(action);
    return;
  }
  check_document(action);
  answer.add_open(action.op, action.index, action.id);
}

}  // namespace

OX_FUZZ_TARGET(bulk, std::string_view input) {
  const std::size_t first = std::min(input.find('\n'), input.size());
  const FilterPath filter(input.substr(0, first));
  input.remove_prefix(std::min(first + 1, input.size()));
  BulkReader reader("");
  BulkAnswer answer;
  BulkAction action;
  bool malformed = false;
  for (std::size_t number = 1; !input.empty() && !malformed; ++number) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, std::min(end, kLongestLine));
    switch (reader.take(line, number, end > kLongestLine, action)) {
      case BulkReader::Found::kNothing:
        break;
      case BulkReader::Found::kAction:
        take(action, answer);
        break;
      case BulkReader::Found::kMalformed:
        OX_CHECK(!reader.malformed().empty());
        malformed = true;
        break;
    }
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  if (!malformed && reader.end(action) == BulkReader::Found::kAction) take(action, answer);
  answer.settle_stored(0, answer.size() / 2, 7);
  answer.settle_rest();
  static JsonInput json;
  std::string all, wanted;
  OX_CHECK(json.append(answer.text(FilterPath(), 1, "again", nullptr), all).ok());
  OX_CHECK(RawValue(all).find("items")->size() == answer.size());
  OX_CHECK(json.append(answer.text(filter, 1, "again", nullptr), wanted).ok());
  OX_CHECK(wanted.size() <= all.size());
}

}  // namespace ox::fuzz_bulk
