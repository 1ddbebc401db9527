#include "common/ingest/api/logstash.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/logstash/logstash_event.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/api/upload/event_batch.h"
#include "common/ingest/api/upload/upload.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::string_view kLogstashWord = "logstash";

LogstashEvent::Input logstash_input(const HttpRequest& request) {
  const auto media = MediaType::parse(request.header("content-type"));
  const std::string_view type = media ? std::string_view(media->type) : std::string_view();
  if (type == "application/json" || type.ends_with("+json"))
    return LogstashEvent::Input::kDocuments;
  if (type == "application/x-ndjson" || type == "application/ndjson")
    return LogstashEvent::Input::kLines;
  return LogstashEvent::Input::kText;
}

// Clients look at the status alone, and send everything again unless it is 200.
HttpResponse logstash_answer(const BatchResult& result) {
  if (result.whole()) return HttpResponse::text(200, "ok");
  if (result.failure) return default_error_response(*result.failure, nullptr);
  HttpError error = result.refusals.front().error;
  error.message = fmt::format("{} of {} events were not taken: {}", result.refused,
                              result.refused + result.stored, error.message);
  return default_error_response(error, nullptr);
}

HttpResponse logstash_error(const HttpError& error, const HttpRequest* request) {
  HttpResponse response = default_error_response(error, request);
  // The only credentials that these clients have.
  if (error.status == 401) response.header("WWW-Authenticate", "Basic realm=\"oxd\"");
  return response;
}

class LogstashApi {
 public:
  explicit LogstashApi(ApiContext& context)
      : store_(std::make_shared<EventStore>(context, kLogstashWord)) {}

  HttpBodyLimits limits(const HttpRequest& request) const {
    const std::uint64_t most = store_->context().max_text();
    switch (logstash_input(request)) {
      case LogstashEvent::Input::kLines:
        return {kUnlimitedBody, kUnlimitedBody};
      case LogstashEvent::Input::kDocuments:
        return store_->post().limits();
      case LogstashEvent::Input::kText:
        break;
    }
    return {most, most};
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    ApiContext& context = store_->context();
    const LogstashEvent::Input input = logstash_input(request);
    const std::string host = sender_host(context, request);
    if (input == LogstashEvent::Input::kLines) {
      auto lines = line_items({.max_line = context.max_text(), .json = false});
      return read_upload(context.gate, std::move(lines), batch(store_, input, host),
                         std::move(reply));
    }
    return store_->post().read(std::move(reply), [store = store_, input, host](std::string body,
                                                                               HttpReply to) {
      std::string documents;
      LogstashEvent::Input found = input;
      if (input == LogstashEvent::Input::kDocuments && !append_json_documents(body, documents).ok())
        found = LogstashEvent::Input::kLines;  // one that is none
      if (found != LogstashEvent::Input::kDocuments && !body.empty()) pack_text(documents, body);
      body = std::string();
      post_upload(store->context().gate, document_items(std::move(documents)),
                  batch(store, found, host), std::move(to));
    });
  }

 private:
  static std::unique_ptr<UploadPolicy> batch(std::shared_ptr<const EventStore> store,
                                             LogstashEvent::Input input, std::string host) {
    return event_batch({.store = std::move(store),
                        .model = std::make_unique<LogstashEvent>(input),
                        .type = std::string(kLogstashWord),
                        .host = std::move(host),
                        .busy_status = 429,
                        .answer = logstash_answer});
  }

  const std::shared_ptr<const EventStore> store_;
};

}  // namespace

void mount_logstash(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const LogstashApi>(context);
  HttpHandler guarded =
      authorized(context, Api::kOther, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
                   return api->post(request, std::move(reply));
                 });
  HttpHandler post = [api, guarded](const HttpRequest& request, HttpReply reply) {
    reply.set_body_limits(api->limits(request));
    return guarded(request, std::move(reply));
  };
  auto& everywhere = router.mount({.error = logstash_error});
  for (const char* path : {"/logstash", "/logstash/"}) everywhere.add("POST, PUT", path, post);
  auto& last =
      router.mount({.profile = std::string(kLogstashWord), .error = logstash_error, .last = true});
  for (const char* path : {"/", "/{path...}"}) last.add("POST, PUT", path, post);
}

}  // namespace ox
