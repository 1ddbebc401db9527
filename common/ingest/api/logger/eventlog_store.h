#pragma once
// How Logger's entries become events under ids of their own.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/metrics.h"
#include "common/http/auth/auth_policy.h"
#include "common/http/auth/logger_signature.h"
#include "common/http/http_response.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/api/logger/event_numbers.h"
#include "common/ingest/api/logger/eventlog_entry.h"
#include "common/ingest/api/logger/idempotency_keys.h"
#include "common/ingest/event_group.h"

namespace ox {

// An event on its way.
struct TakenEvent {
  std::string id;
  std::string key;     // "" without one; see EventlogStore::settle()
  bool is_new = true;  // false: it was stored before under the same key, and is not sent again
  WallTime received{};
};

// Threading: any thread. The context outlives it.
class EventlogStore {
 public:
  explicit EventlogStore(ApiContext& context);

  // Adds the entry's event to `group`, unless it was stored before. Since entry.read(). host:
  // sender_host(). key: what the client says to tell it from others, or "" for what the entry says
  // itself. Nothing, or the error to answer, with nothing added.
  std::optional<HttpError> take(EventlogEntry& entry, std::string_view host, std::string_view key,
                                EventGroup& group, TakenEvent& out);
  // To be called for every event that take() gave out as new.
  void settle(const TakenEvent& event, Delivery delivery);

  ApiContext& context() const { return context_; }
  // Of an event as it is sent: more than any that is kept comes from.
  std::size_t max_text() const { return context_.max_text(); }

  Counter& events() const { return events_; }      // http.api.logger.events: that are safe
  Counter& rejected() const { return rejected_; }  // .rejected: events and requests refused
  Counter& repeated() const { return repeated_; }  // .repeated: that were stored before

 private:
  std::optional<HttpError> add(EventlogEntry& entry, std::string_view host, EventGroup& group,
                               TakenEvent& out);

  ApiContext& context_;
  EventNumbers numbers_;
  IdempotencyKeys keys_;
  Counter& events_;
  Counter& rejected_;
  Counter& repeated_;
};

// Whether the signature is the entry's. `raw`: the text of the entry, for the digits of a number.
// body: of the whole request, for v2. Nothing, or the error to answer (401).
std::optional<HttpError> check_signature(const AuthPolicy& policy,
                                         const Result<LoggerSignature>& signature,
                                         const EventlogEntry& entry, std::string_view raw,
                                         std::string_view body);

}  // namespace ox
