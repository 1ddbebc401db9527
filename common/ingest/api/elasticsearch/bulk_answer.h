#pragma once
// What a bulk request is answered: what became of each of its actions, in their order.
//
//   {"took":3,"errors":true,"items":[
//     {"index":{"_index":"logs","_id":"1","_version":1,"result":"created","_shards":{...},
//               "_seq_no":0,"_primary_term":1,"status":201}},
//     {"index":{"_index":"logs","_id":"2","status":400,"error":{"type":"...","reason":"..."}}}]}
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/http_response.h"
#include "common/ingest/api/elasticsearch/bulk_reader.h"
#include "common/ingest/api/elasticsearch/filter_path.h"

namespace ox {

// "_index":..,"_id":..,"_version":1,... of a document that is stored, as single ones are answered.
// number: counts documents, from 0.
void append_es_created(std::string& out, std::string_view index, std::string_view id,
                       std::uint64_t number);

// Not thread-safe.
class BulkAnswer {
 public:
  // An action that is open has no result yet.
  // Returns its place. id: as answered.
  std::size_t add_open(BulkOp op, std::string_view index, std::string_view id);
  void add_refused(const BulkAction& action);

  // Results of the actions from `begin` to before `end` that are open. number: of the first.
  void settle_stored(std::size_t begin, std::size_t end, std::uint64_t number);
  void settle_refused(std::size_t begin, std::size_t end, std::string_view reason);
  // Of all that are still open: to be sent again.
  void settle_rest();

  std::size_t size() const { return items_.size(); }
  std::size_t stored() const { return stored_; }
  // Of memory.
  std::size_t bytes() const { return bytes_; }

  // The answer, with an error of the whole request beside the items where there is one. took: ms.
  // again: what is said of actions that settle_rest() settled.
  std::string text(const FilterPath& filter, std::uint64_t took, std::string_view again,
                   const HttpError* error) const;

 private:
  enum class Result : std::uint8_t { kOpen, kStored, kRefused, kAgain };
  struct Problem {
    std::string_view type;
    std::string reason;
  };
  struct Item {
    BulkOp op;
    Result result = Result::kOpen;
    std::uint32_t index = 0;  // in indices_
    std::uint64_t number = 0;
    std::string id;
    std::unique_ptr<Problem> problem = nullptr;
  };
  class Writer;

  Item& add(BulkOp op, std::string_view index, std::string_view id);
  void refuse(Item& item, std::string_view type, std::string_view reason);

  std::vector<std::string> indices_;  // runs of actions have the same
  std::vector<Item> items_;
  std::size_t bytes_ = 0;
  std::size_t stored_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace ox
