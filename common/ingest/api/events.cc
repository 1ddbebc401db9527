#include "common/ingest/api/events.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/api/upload/event_batch.h"
#include "common/ingest/api/upload/upload_format.h"
#include "common/ingest/model/plain_record.h"
#include "common/ingest/model/text.h"
#include "proto/json.h"
#include "proto/meta.h"

namespace ox {
namespace {

constexpr std::string_view kAnyEventsPath = "/api/v1/events";

class PlainModel : public EventModel {
 public:
  explicit PlainModel(bool lines) : lines_(lines) {}
  Status fill(RawValue document, ForeignEvent& event) override {
    if (lines_) {
      event.message = document.as_text();
    } else if (document.is_map()) {
      fill_plain_event(document, event);
    } else {
      return Status(Code::kInvalid, "an event must be an object");
    }
    return ok_status();
  }

 private:
  const bool lines_;  // each is a text, and no document
};

void append_stored(std::string& out, const BatchResult& result) {
  fmt::format_to(std::back_inserter(out), R"({{"count": {}, )", result.stored);
  if (result.single && result.stored == 1) {
    fmt::format_to(std::back_inserter(out), R"("id": {}}})", result.ids.front().first);
    return;
  }
  out += R"("ids": [)";
  const char* separator = "";
  for (const BatchResult::Ids& ids : result.ids)
    fmt::format_to(std::back_inserter(out), R"({}{{"first": {}, "last": {}}})",
                   std::exchange(separator, ", "), ids.first, ids.last);
  out += "]}";
}

HttpResponse events_answer(const BatchResult& result) {
  std::string body;
  if (result.whole()) {
    append_stored(body, result);
    return HttpResponse::json(result.stored > 0 ? 201 : 200, std::move(body));
  }
  body = R"({"multistatus": [{"status": 201, "body": )";
  append_stored(body, result);
  body.push_back('}');
  auto append = [&](const HttpError& error, std::string_view place) {
    fmt::format_to(std::back_inserter(body), R"(, {{"status": {}, {}"body": {{"error": {{"type": )",
                   error.status, place);
    append_json_string(body, error.type.empty() ? error_type(error.status) : error.type);
    body += R"(, "message": )";
    append_json_string(body, error.message);
    body += "}}}";
  };
  for (const BatchResult::Refused& refused : result.refusals)
    append(refused.error, refused.line > 0 ? fmt::format(R"("line": {}, )", refused.line)
                                           : fmt::format(R"("index": {}, )", refused.index));
  if (result.refused > result.refusals.size())
    append({.status = 400,
            .message = fmt::format("{} more events were refused",
                                   result.refused - result.refusals.size())},
           "");
  if (result.failure) append(*result.failure, "");
  body += "]}";
  return HttpResponse::json(207, std::move(body));
}

class EventsApi {
 public:
  explicit EventsApi(ApiContext& context)
      : store_(std::make_shared<EventStore>(context, "events")) {}

  const EventStore& store() const { return *store_; }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    const std::string_view type = request.parameter("type");
    if (Status status = check_event_type(type); !status.ok()) {
      store_->post().refuse({.status = 400, .message = status.message()}, reply);
      return nullptr;
    }
    const auto format = upload_format(request.header("content-type"));
    if (!format) {
      store_->post().refuse(
          {.status = 415,
           .message = "supported content types: application/json, application/x-ndjson, "
                      "application/msgpack, text/plain",
           .type = "unsupported_media_type"},
          reply);
      return nullptr;
    }
    ApiContext& context = store_->context();
    auto batch = event_batch({.store = store_,
                              .model = std::make_unique<PlainModel>(*format == UploadFormat::kText),
                              .type = std::string(type),
                              .host = sender_host(context, request),
                              .with_ids = true,
                              .answer = events_answer});
    return read_upload_as(*format, *store_, std::move(batch), std::move(reply));
  }

 private:
  const std::shared_ptr<const EventStore> store_;
};

}  // namespace

Status check_event_type(std::string_view type) {
  auto wrong = [](std::string_view what) {
    return Status(Code::kInvalid, fmt::format("the type in the path {}", what));
  };
  if (type.empty()) return wrong("is empty");
  if (type.size() > kMetaNameSize)
    return wrong(fmt::format("has {} bytes; the most is {}", type.size(), kMetaNameSize));
  if (!is_utf8(type)) return wrong("is not UTF-8");
  for (const char c : type)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f)
      return wrong("has a blank or a control character");
  if (type.front() == '.' || type.back() == '.') return wrong("begins or ends with a dot");
  if (type.find("..") != std::string_view::npos) return wrong("has two dots in a row");
  return ok_status();
}

void mount_events(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const EventsApi>(context);
  HttpHandler post =
      authorized(context, Api::kOther, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
                   return api->post(request, std::move(reply));
                 });
  router.mount({.prefix = std::string(kAnyEventsPath)})
      .add("POST", std::string(kAnyEventsPath) + "/{type}",
           [api, post](const HttpRequest& request, HttpReply reply) {
             if (auto format = upload_format(request.header("content-type")))
               reply.set_body_limits(upload_limits(*format, api->store()));
             return post(request, std::move(reply));
           });
}

}  // namespace ox
