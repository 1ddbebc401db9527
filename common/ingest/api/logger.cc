#include "common/ingest/api/logger.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/ingest/api/authorized.h"
#include "common/ingest/api/chronologer/record_chunk.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/logger/eventlog_delete.h"
#include "common/ingest/api/logger/eventlog_store.h"
#include "common/ingest/api/logger/eventlog_upload.h"
#include "common/ingest/api/sender_host.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kEventlogPath = "/api/v1/eventlog";
// Of an array, which is read whole; ndjson is not.
constexpr std::uint64_t kMostArrayText = 16 << 20;

enum class EventlogFormat { kJson, kLines };

std::optional<EventlogFormat> eventlog_format(const HttpRequest& request) {
  std::string_view text = request.header("content-type");
  if (text.empty()) return EventlogFormat::kJson;
  auto type = MediaType::parse(text);
  if (!type) return std::nullopt;
  if (type->type == "application/json") return EventlogFormat::kJson;
  if (type->type == "application/x-ndjson" || type->type == "application/ndjson" ||
      type->type == "application/jsonl")
    return EventlogFormat::kLines;
  return std::nullopt;
}

// As the record API's 207, so that one setting is for both.
bool errors_as_objects() {
  const char* value = std::getenv("CHRONOLOGER_MULTISTATUS");
  return value != nullptr && std::string_view(value) == "object";
}

std::string encoded(std::string_view id) {
  std::string out;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~:").find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

HttpResponse created(const EventlogEntry& entry, const TakenEvent& event) {
  std::string body = R"({"id": )";
  append_json_string(body, event.id);
  body += R"(, "facility": )";
  append_json_string(body, entry.facility());
  body += R"(, "timestamp": )";
  append_json_string(body, entry.timestamp());
  body += R"(, "received": )";
  append_json_string(body, format_iso_utc(event.received));
  body.push_back('}');
  HttpResponse response = HttpResponse::json(event.is_new ? 201 : 200, std::move(body));
  response.header("Location", fmt::format("{}/{}", kEventlogPath, encoded(event.id)));
  return response;
}

class EventlogApi : public std::enable_shared_from_this<EventlogApi> {
 public:
  explicit EventlogApi(ApiContext& context)
      : store_(context), errors_as_objects_(errors_as_objects()) {}

  // Before anything is known of the sender: how much of its body is to be read.
  HttpBodyLimits limits(const HttpRequest& request) const {
    if (eventlog_format(request) == EventlogFormat::kLines) return {kUnlimitedBody, kUnlimitedBody};
    const std::uint64_t most = std::max<std::uint64_t>(store_.max_text(), kMostArrayText);
    return {most, most};
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply,
                                   const AuthDecision& decision,
                                   std::shared_ptr<const AuthPolicy> policy) {
    auto format = eventlog_format(request);
    if (!format) {
      refuse(http_error(415, "Supported content types: application/json, application/x-ndjson"),
             reply);
      return nullptr;
    }
    EventlogRequest what;
    if (decision.outcome == AuthDecision::Outcome::kNeedsSignature)
      what.signed_by = std::move(policy);
    what.host = sender_host(store_.context(), request);
    what.key = request.header("idempotency-key");
    what.errors_as_objects = errors_as_objects_;
    if (what.key.size() > EventlogEntry::kMaxKey) {
      refuse(validation_error(
                 fmt::format("\"Idempotency-Key\" has more than {} bytes", EventlogEntry::kMaxKey)),
             reply);
      return nullptr;
    }
    if (format == EventlogFormat::kLines)
      return read_eventlog_lines(store_, std::move(what), std::move(reply));
    return read_whole_body(std::move(reply), [self = shared_from_this(), what = std::move(what)](
                                                 std::string body, HttpReply to) mutable {
      self->post_document(std::move(what), std::move(body), std::move(to));
    });
  }

 private:
  void post_document(EventlogRequest what, std::string body, HttpReply reply) {
    std::string document;
    if (!append_json_document(body, document))
      return refuse(http_error(400, "Invalid JSON document"), reply);
    if (RawValue(document).is_array())
      return post_eventlog_array(store_, std::move(what), std::move(body), std::move(document),
                                 std::move(reply));
    EventlogEntry entry;
    TakenEvent taken;
    EventGroup group;
    auto error = entry.read(RawValue(document));
    if (what.signed_by) {
      if (auto unsigned_error = check_single(what, reply.request(), entry, error, body))
        error = std::move(unsigned_error);
    }
    if (!error) error = store_.take(entry, what.host, what.key, group, taken);
    if (error) return refuse(*error, reply);
    if (!taken.is_new) {
      store_.repeated().add();
      reply.send(created(entry, taken));
      return;
    }
    // The answer is made while the entry is here.
    auto waiting = std::make_shared<std::pair<HttpReply, HttpResponse>>(std::move(reply),
                                                                        created(entry, taken));
    store_.context().gate.submit(std::move(group),
                                 [self = shared_from_this(), waiting, taken](Delivery delivery) {
                                   self->store_.settle(taken, delivery);
                                   auto& [to, answer] = *waiting;
                                   if (delivery != Delivery::kSafe)
                                     return self->refuse(delivery_error(delivery), to);
                                   self->store_.events().add();
                                   to.send(std::move(answer));
                                 });
  }

  // Nobody without a signature is told more than that it is missing.
  static std::optional<HttpError> check_single(const EventlogRequest& what,
                                               const HttpRequest& request,
                                               const EventlogEntry& entry,
                                               const std::optional<HttpError>& wrong,
                                               std::string_view body) {
    auto signature = LoggerSignature::from_headers(request.header("x-logger-signature"),
                                                   request.header("authorization"));
    if (signature.status().code() == Code::kNotFound && !entry.signature().empty())
      signature = LoggerSignature::from_member(entry.signature());
    if (signature.ok() && wrong) return wrong;
    return check_signature(*what.signed_by, signature, entry, body, body);
  }

  void refuse(const HttpError& error, HttpReply& reply) const {
    store_.rejected().add();
    reply.send_error(error);
  }

  EventlogStore store_;
  const bool errors_as_objects_;
};

}  // namespace

void mount_logger(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<EventlogApi>(context);
  HttpHandler post =
      authorized(context, Api::kEventlog, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision& decision,
                       std::shared_ptr<const AuthPolicy> policy) {
                   return api->post(request, std::move(reply), decision, std::move(policy));
                 });
  router.mount({.prefix = std::string(kEventlogPath), .error = record_error_response})
      .add("POST", kEventlogPath,
           [api, post](const HttpRequest& request, HttpReply reply) {
             reply.set_body_limits(api->limits(request));
             return post(request, std::move(reply));
           })
      .add("DELETE", kEventlogPath, eventlog_delete(context));
}

}  // namespace ox
