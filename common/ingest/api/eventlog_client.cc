#include "common/ingest/api/eventlog_client.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/eventlog_client/eventlog_model.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/api/upload/event_batch.h"
#include "common/ingest/api/upload/upload_format.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kEventlogClientPath = "/api/v1/events";

HttpResponse eventlog_answer(const BatchResult& result) {
  std::string body = fmt::format(R"({{"accepted": {})", result.stored);
  if (result.whole()) return HttpResponse::json(200, body + "}");
  fmt::format_to(std::back_inserter(body), R"(, "rejected": {}, "errors": [)", result.refused);
  const char* separator = "";
  auto append = [&](const HttpError& error, std::string_view place) {
    fmt::format_to(std::back_inserter(body), R"({}{{"status": {}, {}"message": )",
                   std::exchange(separator, ", "), error.status, place);
    append_json_string(body, error.message);
    body.push_back('}');
  };
  for (const BatchResult::Refused& refused : result.refusals)
    append(refused.error, refused.line > 0 ? fmt::format(R"("line": {}, )", refused.line)
                                           : fmt::format(R"("index": {}, )", refused.index));
  if (result.failure) append(*result.failure, "");
  return HttpResponse::json(207, body + "]}");
}

class EventlogClientApi {
 public:
  explicit EventlogClientApi(ApiContext& context)
      : store_(std::make_shared<EventStore>(context, "eventlog_client")) {}

  const EventStore& store() const { return *store_; }

  static std::optional<UploadFormat> format(const HttpRequest& request) {
    auto format = upload_format(request.header("content-type"));
    return format == UploadFormat::kText ? std::nullopt : format;
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    const auto what = format(request);
    if (!what) {
      store_->post().refuse(
          {.status = 415,
           .message = "supported content types: application/json, application/x-ndjson, "
                      "application/msgpack",
           .type = "unsupported_media_type"},
          reply);
      return nullptr;
    }
    ApiContext& context = store_->context();
    auto batch = event_batch({.store = store_,
                              .model = std::make_unique<EventlogModel>(),
                              .type = std::string(kEventlogClientType),
                              .host = sender_host(context, request),
                              .answer = eventlog_answer});
    return read_upload_as(*what, *store_, std::move(batch), std::move(reply));
  }

 private:
  const std::shared_ptr<const EventStore> store_;
};

}  // namespace

void mount_eventlog_client(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const EventlogClientApi>(context);
  HttpHandler post =
      authorized(context, Api::kOther, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
                   return api->post(request, std::move(reply));
                 });
  router.mount({.prefix = std::string(kEventlogClientPath)})
      .add("POST", kEventlogClientPath, [api, post](const HttpRequest& request, HttpReply reply) {
        if (auto format = EventlogClientApi::format(request))
          reply.set_body_limits(upload_limits(*format, api->store()));
        return post(request, std::move(reply));
      });
}

}  // namespace ox
