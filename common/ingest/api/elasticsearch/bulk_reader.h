#pragma once
// The lines of a bulk request, one after the other: an action, then, for all but "delete", its
// document (Elasticsearch Guide, "Bulk API").
//
//   {"index": {"_index": "logs", "_id": "7"}}
//   {"message": "hi"}
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

enum class BulkOp : std::uint8_t { kIndex, kCreate, kUpdate, kDelete };
inline constexpr std::size_t kBulkOps = 4;
std::string_view bulk_op_name(BulkOp op);  // "index"

// Elasticsearch's limits, in bytes.
inline constexpr std::size_t kMaxIndexName = 255;
inline constexpr std::size_t kMaxDocumentId = 512;

struct BulkAction {
  BulkOp op = BulkOp::kIndex;
  std::string_view index;
  std::string_view id;          // "": the client names none
  RawValue options;             // the action's map
  RawValue document;            // a map; nothing when there is an error
  std::string_view error_type;  // "" when all is well: type and reason of the item's 400
  std::string error_reason = {};
};

// Threading: one thread at a time. Memory: two lines.
class BulkReader {
 public:
  // index: of actions that name none; "" when the path has none either.
  explicit BulkReader(std::string index) : default_index_(std::move(index)) {}

  enum class Found {
    kNothing,    // more lines are needed
    kAction,     // `out`, whose views are good until the next call
    kMalformed,  // the line is no action: what follows cannot be understood; malformed()
  };
  // number: of the line, from 1. too_long: it is cut, and not looked at.
  Found take(std::string_view line, std::size_t number, bool too_long, BulkAction& out);
  // Nothing more comes: an action may still miss its document.
  Found end(BulkAction& out);

  // Type and message are Elasticsearch's.
  const std::string& malformed() const { return malformed_; }

 private:
  Found take_action(std::string_view line, std::size_t number, BulkAction& out);
  Status read_action(std::size_t number);
  void read_options();
  void read_document(std::string_view line, bool too_long, BulkAction& out);
  void refuse(std::string_view type, std::string reason);
  Found finish(BulkAction& out);

  const std::string default_index_;
  bool document_due_ = false;
  std::string action_;    // MessagePack of the line
  std::string document_;  // the same
  BulkAction pending_;    // views into these
  std::string id_;        // of one that came as a number
  std::string malformed_;
};

}  // namespace ox
