#include "common/ingest/api/loki.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/event_post.h"
#include "common/ingest/api/loki/loki_json.h"
#include "common/ingest/api/loki/loki_protobuf.h"
#include "common/ingest/api/loki/snappy_block.h"
#include "common/ingest/api/sender_host.h"

namespace ox {
namespace {

constexpr std::string_view kLokiWord = "loki";
constexpr std::string_view kLokiPath = "/loki/api/v1/push";
constexpr std::string_view kFirstLokiPath = "/api/prom/push";
constexpr std::string_view kLokiReadyPath = "/ready";
constexpr std::string_view kSnappy = "snappy";

enum class LokiEncoding { kProtobuf, kJson };

// Without a Content-Type it is protobuf.
std::optional<LokiEncoding> loki_encoding(const HttpRequest& request) {
  const std::string_view sent = request.header("content-type");
  if (sent.empty()) return LokiEncoding::kProtobuf;
  auto type = MediaType::parse(sent);
  if (!type) return std::nullopt;
  if (type->type == "application/x-protobuf") return LokiEncoding::kProtobuf;
  if (type->type == "application/json") return LokiEncoding::kJson;
  return std::nullopt;
}

// As Loki's: the message as a line of text.
HttpResponse loki_error_response(const HttpError& error, const HttpRequest*) {
  return HttpResponse::text(error.status, error.message + "\n");
}

class LokiApi : public std::enable_shared_from_this<LokiApi> {
 public:
  explicit LokiApi(ApiContext& context) : post_(std::make_shared<EventPost>(context, kLokiWord)) {}

  const std::shared_ptr<EventPost>& event_post() const { return post_; }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    auto encoding = loki_encoding(request);
    if (!encoding) {
      post_->refuse(
          {.status = 415, .message = "Logs come as application/x-protobuf or application/json"},
          reply);
      return nullptr;
    }
    Push push;
    push.encoding = *encoding;
    push.snappy = *encoding == LokiEncoding::kProtobuf ||
                  equals_ignoring_case(request.header("content-encoding"), kSnappy);
    push.tenant = request.header("x-scope-orgid");
    push.host = sender_host(post_->context(), request);
    return post_->read(std::move(reply), [self = shared_from_this(), push = std::move(push)](
                                             std::string body, HttpReply to) {
      self->store(push, std::move(body), std::move(to));
    });
  }

 private:
  struct Push {
    LokiEncoding encoding = LokiEncoding::kProtobuf;
    bool snappy = false;
    std::string tenant;
    std::string host;
  };

  void store(const Push& push, std::string body, HttpReply reply) const {
    if (push.snappy) {
      auto plain = uncompress_snappy(body, post_->limits().decoded_bytes);
      if (!plain.ok()) return post_->refuse(EventPost::error_of(plain.status()), reply);
      body = std::move(*plain);
    }
    const WallTime now = post_->context().clock.wall();
    EventGroup group;
    std::uint64_t too_large = 0;
    std::string why;
    ForeignEvent event;
    auto take = [&](const LokiEntry& entry) {
      event.clear();
      event.host = push.host;
      fill_loki_event(entry, push.tenant, now, event);
      Status status = post_->add(event, loki_type(entry.labels), group);
      if (status.code() != Code::kTooLarge) return status;
      if (++too_large == 1) why = status.message();
      return ok_status();
    };
    Status status = push.encoding == LokiEncoding::kProtobuf ? read_loki_protobuf(body, take)
                                                             : read_loki_json(body, take);
    if (!status.ok()) return post_->refuse(EventPost::error_of(status), reply);
    post_->rejected().add(too_large);
    post_->send(std::move(group), std::move(reply), answer(too_large, why));
  }

  // Of entries that are too large Loki tells the same way: the others are stored, and what is
  // answered 400 is not sent again.
  static HttpResponse answer(std::uint64_t too_large, std::string_view why) {
    if (too_large == 0) return HttpResponse(204);
    return HttpResponse::text(
        400,
        fmt::format("{} of the entries were not stored, the others were: {}\n", too_large, why));
  }

  const std::shared_ptr<EventPost> post_;
};

}  // namespace

void mount_loki(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const LokiApi>(context);
  HttpHandler push =
      post_handler(context, api->event_post(), [api](const HttpRequest& request, HttpReply reply) {
        return api->post(request, std::move(reply));
      });
  HttpRouteOptions options;
  options.own_encodings = {std::string(kSnappy)};
  router.mount({.prefix = "/loki", .error = loki_error_response})
      .add("POST", kLokiPath, push, options)
      .add("POST", kFirstLokiPath, push, options)
      .add("GET", kLokiReadyPath, [&context](const HttpRequest&, HttpReply reply) {
        Status status = context.ready ? context.ready() : ok_status();
        reply.send(status.ok() ? HttpResponse::text(200, "ready\n")
                               : HttpResponse::text(503, status.message() + "\n"));
        return std::unique_ptr<BodyReader>();
      });
}

}  // namespace ox
