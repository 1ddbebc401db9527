#include "common/ingest/journal_entry.h"

namespace ox {
namespace {

constexpr std::string_view kPositionType = "oxingest.position";
constexpr std::string_view kBatchType = "oxingest.batch";

Status no_entry() { return Status(Code::kInvalid, "a batch that is no entry of a journal"); }

// The next event of `cursor`, which must be of this type.
bool next_of(const Batch& record, BatchCursor& cursor, std::string_view type, BatchEvent& out) {
  return cursor.next(out) && record.pairs()[out.pair].type == type;
}

}  // namespace

BatchPtr encode_journal_entry(const Batch& batch, std::string_view position) {
  OX_CHECK(batch.bytes().size() <= kMaxJournalBatch && position.size() <= kMaxJournalPosition);
  BatchBuilder builder(kMaxBatchBytes);
  builder.add(kPositionType, "", 0, position);
  builder.add(kBatchType, "", 0, batch.bytes());
  return builder.seal(batch.id(), batch.header().sealed_at);
}

Result<JournalEntry> decode_journal_entry(const BatchPtr& record) {
  BatchCursor cursor(*record);
  BatchEvent event;
  JournalEntry entry;
  if (!next_of(*record, cursor, kPositionType, event)) return no_entry();
  entry.position = event.body;
  if (!next_of(*record, cursor, kBatchType, event)) return no_entry();
  BatchError error = BatchError::kNone;
  entry.batch = Batch::open(record, event.body, error);
  if (entry.batch == nullptr) return no_entry();
  return entry;
}

}  // namespace ox
