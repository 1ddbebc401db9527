#include "common/ingest/api/chronologer/record_store.h"

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/chronologer/record_error.h"

namespace ox {

RecordStore::RecordStore(ApiContext& context, std::string_view api)
    : context_(context),
      api_(api),
      events_(context.metrics.counter(fmt::format("http.api.{}.events", api))),
      rejected_(context.metrics.counter(fmt::format("http.api.{}.rejected", api))) {}

std::optional<HttpError> RecordStore::take_ids(std::uint32_t n, std::uint64_t& first) const {
  auto taken = context_.ids.take(n);
  if (!taken.ok())
    return HttpError{.status = 503,
                     .message = "There are no record ids at the moment: nothing of this was taken",
                     .type = "HTTPError",
                     .retry_after = kRetryForIds};
  first = *taken;
  return std::nullopt;
}

std::optional<HttpError> RecordStore::add(const LogRecord& record, std::string_view logrec,
                                          std::uint64_t id, std::string_view host,
                                          EventGroup& group) const {
  ForeignEvent event;
  record.fill(event, logrec);
  event.id = id;
  event.host = host;
  std::string type;
  context_.name_type(api_, api_, event, type);
  std::string body;
  body.reserve(logrec.size() + record.message().size() + 256);
  Status status = event.append_to(body);
  if (status.ok() && body.size() > context_.max_event_bytes)
    status = Status(Code::kTooLarge,
                    fmt::format("A record takes {}; the most is {}", format_size(body.size()),
                                format_size(context_.max_event_bytes)));
  if (status.ok()) status = group.add(event.type, event.host, event.end, body);
  if (status.ok()) return std::nullopt;
  return status.code() == Code::kTooLarge ? size_limit_error(status.message())
                                          : value_error(status.message());
}

}  // namespace ox
