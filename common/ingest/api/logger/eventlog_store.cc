#include "common/ingest/api/logger/eventlog_store.h"

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/logger/json_slices.h"

namespace ox {
namespace {

constexpr std::string_view kLoggerWord = "logger";
constexpr Seconds kRetryUnderWay = Seconds(1);

HttpError unavailable(std::string message, Seconds retry_after) {
  return {.status = 503,
          .message = std::move(message),
          .type = "HTTPError",
          .retry_after = retry_after};
}

HttpError unauthenticated(std::string message) { return http_error(401, std::move(message)); }

}  // namespace

EventlogStore::EventlogStore(ApiContext& context)
    : context_(context),
      numbers_([&ids = context.ids] { return ids.first_of_all(); },
               [&ids = context.ids] { return ids.take(); }),
      events_(context.metrics.counter("http.api.logger.events")),
      rejected_(context.metrics.counter("http.api.logger.rejected")),
      repeated_(context.metrics.counter("http.api.logger.repeated")) {}

std::optional<HttpError> EventlogStore::take(EventlogEntry& entry, std::string_view host,
                                             std::string_view key, EventGroup& group,
                                             TakenEvent& out) {
  if (auto error = entry.check()) return error;
  out = {};
  out.received = context_.clock.wall();
  if (key.empty()) key = entry.key();
  if (!key.empty()) {
    // A key is one of its facility's, wherever the facility's name ends.
    out.key.append(std::to_string(entry.facility().size())).append(":");
    out.key.append(entry.facility()).append(key);
    switch (keys_.claim(out.key, entry.digest(), out.id)) {
      case IdempotencyKeys::Claim::kNew:
        break;
      case IdempotencyKeys::Claim::kStored:
        out.is_new = false;
        return std::nullopt;
      case IdempotencyKeys::Claim::kUnderWay:
        return unavailable("An event with the same idempotency key is just being stored",
                           kRetryUnderWay);
      case IdempotencyKeys::Claim::kOther:
        return HttpError{.status = 422,
                         .message = "The idempotency key was used for another event",
                         .type = "ValidationError"};
    }
  }
  auto error = add(entry, host, group, out);
  if (error) settle(out, Delivery::kUnavailable);
  return error;
}

std::optional<HttpError> EventlogStore::add(EventlogEntry& entry, std::string_view host,
                                            EventGroup& group, TakenEvent& out) {
  if (out.id.empty()) {
    auto number = numbers_.take(entry.facility(), *entry.time());
    if (!number.ok())
      return unavailable("There are no ids at the moment: this was not taken", kRetryForIds);
    out.id = entry.id(*number);
  }
  ForeignEvent event;
  entry.fill(event, out.id, out.received);
  event.host = host;
  std::string type;
  context_.name_type(kLoggerWord, kLoggerWord, event, type);
  std::string packed;
  Status status = event.append_to(packed);
  if (status.ok() && packed.size() > context_.max_event_bytes)
    status = Status(Code::kTooLarge,
                    fmt::format("An event takes {}; the most is {}", format_size(packed.size()),
                                format_size(context_.max_event_bytes)));
  if (status.ok()) status = group.add(event.type, event.host, event.end, packed);
  if (status.ok()) return std::nullopt;
  return status.code() == Code::kTooLarge ? size_limit_error(status.message())
                                          : validation_error(status.message());
}

void EventlogStore::settle(const TakenEvent& event, Delivery delivery) {
  if (!event.key.empty()) keys_.settle(event.key, event.id, delivery);
}

std::optional<HttpError> check_signature(const AuthPolicy& policy,
                                         const Result<LoggerSignature>& signature,
                                         const EventlogEntry& entry, std::string_view raw,
                                         std::string_view body) {
  if (!signature.ok()) return unauthenticated(signature.status().message());
  std::string_view timestamp = entry.timestamp_text();
  if (timestamp.empty()) timestamp = json_member(raw, "timestamp").value_or(timestamp);
  switch (policy.logger_verifier()->check(
      *signature, {entry.facility(), entry.level_text(), timestamp}, body, entry.time())) {
    case LoggerVerifier::Verdict::kAccepted:
      return std::nullopt;
    case LoggerVerifier::Verdict::kWrong:
      return unauthenticated("the signature is wrong");
    case LoggerVerifier::Verdict::kOutOfWindow:
      return unauthenticated("the timestamp is too old, or too far ahead, for its signature");
  }
  return unauthenticated("the signature is wrong");
}

}  // namespace ox
