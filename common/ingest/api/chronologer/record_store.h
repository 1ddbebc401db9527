#pragma once
// How records of one API become events under ids of their own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/metrics.h"
#include "common/http/http_response.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/api/chronologer/log_record.h"
#include "common/ingest/event_group.h"

namespace ox {

// Threading: constant; used on any thread. The context outlives it.
class RecordStore {
 public:
  // api: its word, which is the usual type, too.
  RecordStore(ApiContext& context, std::string_view api);

  // The first of n consecutive ids, or the error to answer (503).
  std::optional<HttpError> take_ids(std::uint32_t n, std::uint64_t& first) const;
  // Adds the record's event to `group`. `logrec` as of LogRecord::pack_logrec(); host: sender_host().
  // Nothing, or the error to answer, with nothing added.
  std::optional<HttpError> add(const LogRecord& record, std::string_view logrec, std::uint64_t id,
                               std::string_view host, EventGroup& group) const;

  ApiContext& context() const { return context_; }
  WallTime now() const { return context_.clock.wall(); }
  // Of a document or a form as it is sent: more than any event that is kept comes from.
  std::size_t max_text() const { return context_.max_text(); }

  Counter& events() const { return events_; }      // http.api.<api>.events: that are safe
  Counter& rejected() const { return rejected_; }  // .rejected: requests that got an error

 private:
  ApiContext& context_;
  const std::string api_;
  Counter& events_;
  Counter& rejected_;
};

}  // namespace ox
