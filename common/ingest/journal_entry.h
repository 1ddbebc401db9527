#pragma once
// A sealed batch and the position that it reaches in its file, as one record of a journal.
//
// The record is a batch itself (proto/README.md, "Batch"), so that the spool checks, keeps and
// shows it as any other: it has the identity of the sealed batch, and two events,
//   type "oxingest.position"   body: file_position.h
//   type "oxingest.batch"      body: the sealed batch, byte for byte as it is sent
// in this order, with an empty host and the end 0.
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/batch.h"

namespace ox {

// Bytes of the largest batch and position that fit into a record together.
inline constexpr std::size_t kMaxJournalPosition = 256 << 10;
inline constexpr std::size_t kMaxJournalBatch = kMaxBatchBytes - kMaxJournalPosition - 4096;

struct JournalEntry {
  BatchPtr batch;
  std::string position;
};

// The record of the two, which must be within the limits above.
BatchPtr encode_journal_entry(const Batch& batch, std::string_view position);

// And back; the batch shares the bytes of the record. Error: kInvalid, for a batch that is no entry
// of a journal.
Result<JournalEntry> decode_journal_entry(const BatchPtr& record);

}  // namespace ox
