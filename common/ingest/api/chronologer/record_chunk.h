#pragma once
// Some of the documents of an ndjson body, which are stored together or not at all.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/http_response.h"
#include "common/ingest/api/chronologer/record_store.h"
#include "common/ingest/api/upload/upload.h"

namespace ox {

// Not thread-safe.
class RecordChunk {
 public:
  // Events of a chunk, ready to go, under ids from `first` on.
  struct Sealed : UploadChunk {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
  };

  RecordChunk(const RecordStore& store, RecordModel model, std::string host);

  // Takes one document in. Nothing, or the error to answer.
  std::optional<HttpError> add(RawValue document);

  bool empty() const { return ends_.empty(); }
  bool full() const { return ends_.size() == kChunkRecords || documents_.size() >= kChunkBytes; }

  // Makes the events of what it holds, which is not nothing, and is empty afterwards, come what
  // may.
  std::optional<HttpError> seal(Sealed& out);
  void clear();

 private:
  RawValue document(std::size_t index) const;
  std::optional<HttpError> add_all(Sealed& out) const;

  const RecordStore& store_;
  const RecordModel model_;
  const std::string host_;
  std::string documents_;          // MessagePack, one behind the other
  std::vector<std::size_t> ends_;  // of each
};

// For this thread: appends the MessagePack of a JSON document; false when it is none, or not UTF-8.
bool append_json_document(std::string_view text, std::string& out);

}  // namespace ox
