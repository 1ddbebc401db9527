#pragma once
// One document as a record: stored, then answered.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/http_reply.h"
#include "common/ingest/api/chronologer/record_store.h"
#include "proto/raw_value.h"

namespace ox {

// What a request's body is, by its Content-Type.
enum class RecordFormat {
  kForm,  // no Content-Type, too
  kJson,
  kLines,  // ndjson
};
std::optional<RecordFormat> record_format(const HttpRequest& request);

// The answer's body for a record that is stored.
using RecordAnswer =
    std::function<std::string(const LogRecord& record, std::string_view logrec, std::uint64_t id)>;

// Appends the document that `body` is: JSON, or a form (kLines is neither). Nothing, or the error.
std::optional<HttpError> append_document(RecordFormat format, std::string_view body,
                                         std::string& out);

// Stores the record that `document` is and answers 201 with what `answer` makes, or an error.
void post_record(const std::shared_ptr<const RecordStore>& store, RecordModel model,
                 RawValue document, std::string_view host, const RecordAnswer& answer,
                 HttpReply reply);

// Counts the error, and answers with it.
void refuse_record(const RecordStore& store, const HttpError& error, HttpReply& reply);

}  // namespace ox
