#include "common/ingest/api/chronologer/record_chunk.h"

#include <utility>

#include "common/ingest/model/json_input.h"

namespace ox {

bool append_json_document(std::string_view text, std::string& out) {
  thread_local JsonInput json;
  const std::size_t before = out.size();
  if (!json.append(text, out).ok()) return false;
  if (!json.notes().invalid_utf8) return true;
  out.resize(before);
  return false;
}

RecordChunk::RecordChunk(const RecordStore& store, RecordModel model, std::string host)
    : store_(store), model_(model), host_(std::move(host)) {}

RawValue RecordChunk::document(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return RawValue(std::string_view(documents_).substr(begin, ends_[index] - begin));
}

std::optional<HttpError> RecordChunk::add(RawValue document) {
  documents_.append(document.bytes());
  ends_.push_back(documents_.size());
  LogRecord record;
  return record.read(document, model_, store_.now());
}

std::optional<HttpError> RecordChunk::seal(Sealed& out) {
  auto error = store_.take_ids(static_cast<std::uint32_t>(ends_.size()), out.first);
  if (!error) error = add_all(out);
  clear();
  return error;
}

std::optional<HttpError> RecordChunk::add_all(Sealed& out) const {
  const WallTime now = store_.now();
  std::string logrec;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    LogRecord record;
    if (auto error = record.read(document(i), model_, now)) return error;
    logrec.clear();
    record.pack_logrec(logrec);
    if (auto error = store_.add(record, logrec, out.first + i, host_, out.group)) return error;
  }
  out.count = static_cast<std::uint32_t>(ends_.size());
  return std::nullopt;
}

void RecordChunk::clear() {
  documents_.clear();
  ends_.clear();
}

}  // namespace ox
