#pragma once
// An ndjson body on its way to the gate, chunk by chunk (common/ingest/api/upload/upload.h).
//
//   201  [ids]                      all are stored
//   4xx  error                      the first chunk has failed: nothing is stored
//   207  {"multistatus": [...]}     a later one has: {"status": 201, "body": [ids]} for what is
//                                   stored, then {"status": 4xx, "body": error}
//
// Bounds: of memory, some chunks (record_chunk.h); of a request, kMaxRecords.
#include <cstdint>
#include <memory>
#include <string>

#include "common/http/http_handler.h"
#include "common/ingest/api/chronologer/record_store.h"

namespace ox {

inline constexpr std::uint64_t kMaxRecords = 1'000'000;

// How the error stands in an entry of a 207.
enum class MultistatusError {
  kText,    // "body": "Invalid JSON document on line 2049"
  kObject,  // "body": {"error": {"type": ..., "message": ...}}
};

// Reads the body, and answers. host: where the records come from.
std::unique_ptr<BodyReader> read_records(std::shared_ptr<const RecordStore> store,
                                         RecordModel model, std::string host,
                                         MultistatusError errors, HttpReply reply);

}  // namespace ox
