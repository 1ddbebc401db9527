#include "common/ingest/api/splunk.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/api/event_post.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/api/splunk/hec_channels.h"
#include "common/ingest/api/splunk/hec_event.h"
#include "common/ingest/model/json_input.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kHecWord = "splunk";
constexpr std::string_view kHecPath = "/services/collector";

// more: further members, ",\"ackId\":0".
HttpResponse hec_response(int http, std::string_view text, int code, std::string_view more = {}) {
  std::string body = R"({"text":)";
  append_json_string(body, text);
  fmt::format_to(std::back_inserter(body), R"(,"code":{}{}}})", code, more);
  return HttpResponse::json(http, std::move(body));
}

HttpResponse hec_response(const HecStatus& status, std::string_view more = {}) {
  return hec_response(status.http, status.text, status.code, more);
}

std::string hec_event_number(std::size_t index) {
  return fmt::format(R"(,"invalid-event-number":{})", index);
}

// What is not about an event of the request.
HttpResponse hec_error_response(const HttpError& error, const HttpRequest* request) {
  switch (error.status) {
    case 401: {
      const bool missing = request == nullptr || request->header("authorization").empty();
      return hec_response(missing ? kHecTokenRequired : kHecInvalidToken);
    }
    case 403:
      return hec_response(kHecTokenDisabled);
    case 503:
      return hec_response(kHecBusy);
    case 404:
    case 405:
    case 413:
      return hec_response(error.status, error.message, error.status);
    default:
      if (error.status >= 500) return hec_response(kHecInternalError);
      return hec_response(400, kHecInvalidData.text, kHecInvalidData.code);
  }
}

// Of the header, or of the query, where Splunk takes it as well.
std::string hec_channel(const HttpRequest& request) {
  std::string channel(request.header("x-splunk-request-channel"));
  if (!channel.empty()) return channel;
  const HttpPairs query = request.query();
  const std::string* found = find_pair(query, "channel");
  return found == nullptr ? std::string() : *found;
}

class HecApi : public std::enable_shared_from_this<HecApi> {
 public:
  explicit HecApi(ApiContext& context) : post_(std::make_shared<EventPost>(context, kHecWord)) {}

  const std::shared_ptr<EventPost>& event_post() const { return post_; }

  std::unique_ptr<BodyReader> post_events(const HttpRequest& request, HttpReply reply) {
    return read(request, std::move(reply), &HecApi::store_events);
  }
  std::unique_ptr<BodyReader> post_lines(const HttpRequest& request, HttpReply reply) {
    return read(request, std::move(reply), &HecApi::store_lines);
  }

  std::unique_ptr<BodyReader> post_acks(const HttpRequest& request, HttpReply reply) {
    std::string channel = hec_channel(request);
    if (channel.empty()) return refuse(kHecChannelMissing, reply);
    if (!is_hec_channel(channel)) return refuse(kHecInvalidChannel, reply);
    return read_whole_body(std::move(reply), [self = shared_from_this(), channel](
                                                 const std::string& body, HttpReply to) {
      self->answer_acks(channel, body, to);
    });
  }

 private:
  struct From {
    std::string channel;  // "" for none
    std::string host;
    HttpPairs metadata;  // the query
  };
  using Store = void (HecApi::*)(const From&, std::string_view, HttpReply);

  std::unique_ptr<BodyReader> read(const HttpRequest& request, HttpReply reply, Store store) {
    From from;
    from.channel = hec_channel(request);
    if (!from.channel.empty() && !is_hec_channel(from.channel))
      return refuse(kHecInvalidChannel, reply);
    from.host = sender_host(post_->context(), request);
    from.metadata = request.query();
    return post_->read(std::move(reply), [self = shared_from_this(), from = std::move(from), store](
                                             const std::string& body, HttpReply to) {
      ((*self).*store)(from, body, std::move(to));
    });
  }

  // All of them or none: whoever sends the rest again would otherwise double what stood in front.
  void store_events(const From& from, std::string_view body, HttpReply reply) {
    thread_local JsonInput json;
    const WallTime now = post_->context().clock.wall();
    EventGroup group;
    ForeignEvent event;
    std::string document;
    for (std::size_t index = 0;; ++index) {
      document.clear();
      auto more = json.append_next(body, document);
      if (!more.ok()) return (void)refuse(kHecInvalidData, reply, hec_event_number(index));
      if (!*more && index == 0) return (void)refuse(kHecNoData, reply);
      if (!*more) break;
      event.clear();
      event.host = from.host;
      if (auto wrong = fill_hec_event(RawValue(document), now, event))
        return (void)refuse(*wrong, reply, hec_event_number(index));
      if (Status status = post_->add(event, hec_type(), group); !status.ok())
        return refuse_event(status, index, reply);
    }
    send(from, std::move(group), std::move(reply));
  }

  void store_lines(const From& from, std::string_view body, HttpReply reply) {
    const WallTime now = post_->context().clock.wall();
    EventGroup group;
    ForeignEvent event;
    for (std::size_t index = 0; !body.empty();) {
      const std::size_t end = body.find_first_of("\r\n");
      const std::string_view line = body.substr(0, end);
      body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
      if (trimmed(line).empty()) continue;
      event.clear();
      event.host = from.host;
      fill_hec_line(line, from.metadata, now, event);
      if (Status status = post_->add(event, hec_type(), group); !status.ok())
        return refuse_event(status, index, reply);
      ++index;
    }
    if (group.empty()) return (void)refuse(kHecNoData, reply);
    send(from, std::move(group), std::move(reply));
  }

  void send(const From& from, EventGroup group, HttpReply reply) {
    // An id is given only when the events are safe: that is what it says.
    post_->send(std::move(group), std::move(reply),
                [self = shared_from_this(), channel = from.channel] {
                  if (channel.empty()) return hec_response(kHecSuccess);
                  return hec_response(kHecSuccess,
                                      fmt::format(R"(,"ackId":{})", self->channels_.give(channel)));
                });
  }

  void answer_acks(const std::string& channel, std::string_view body, HttpReply& reply) {
    thread_local JsonInput json;
    std::string document;
    if (trimmed(body).empty()) return (void)refuse(kHecNoData, reply);
    if (!json.append(body, document).ok()) return (void)refuse(kHecInvalidData, reply);
    auto acks = RawValue(document).find("acks");
    if (!acks || !acks->is_array()) return (void)refuse(kHecInvalidData, reply);
    std::string out = R"({"acks":{)";
    const char* separator = "";
    for (RawValue ack : RawArray(*acks)) {
      auto id = ack.as_uint();
      if (!id) return (void)refuse(kHecInvalidData, reply);
      fmt::format_to(std::back_inserter(out), R"({}"{}":{})", separator, *id,
                     channels_.given(channel, *id));
      separator = ",";
    }
    reply.send(HttpResponse::json(200, out + "}}"));
  }

  void refuse_event(const Status& status, std::size_t index, HttpReply& reply) {
    HttpError error = EventPost::error_of(status);
    post_->rejected().add();
    reply.send(
        hec_response(error.status, error.message, kHecInvalidData.code, hec_event_number(index)));
  }

  // Nobody reads the body then.
  std::unique_ptr<BodyReader> refuse(const HecStatus& status, HttpReply& reply,
                                     std::string_view more = {}) {
    post_->rejected().add();
    reply.send(hec_response(status, more));
    return nullptr;
  }

  const std::shared_ptr<EventPost> post_;
  HecChannels channels_;
};

}  // namespace

void mount_splunk(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<HecApi>(context);
  auto handler = [&](std::unique_ptr<BodyReader> (HecApi::*next)(const HttpRequest&, HttpReply)) {
    return post_handler(context, api->event_post(),
                        [api, next](const HttpRequest& request, HttpReply reply) {
                          return ((*api).*next)(request, std::move(reply));
                        });
  };
  HttpHandler health = [&context](const HttpRequest&, HttpReply reply) {
    const bool ready = !context.ready || context.ready().ok();
    reply.send(hec_response(ready ? kHecHealthy : kHecUnhealthy));
    return std::unique_ptr<BodyReader>();
  };
  auto& mount = router.mount({.prefix = std::string(kHecPath), .error = hec_error_response});
  auto add = [&](std::string_view method, std::string_view path, const HttpHandler& to) {
    mount.add(method, fmt::format("{}{}", kHecPath, path), to);
  };
  for (std::string_view path : {"", "/event", "/event/1.0"})
    add("POST", path, handler(&HecApi::post_events));
  for (std::string_view path : {"/raw", "/raw/1.0"})
    add("POST", path, handler(&HecApi::post_lines));
  for (std::string_view path : {"/ack", "/ack/1.0"}) add("POST", path, handler(&HecApi::post_acks));
  for (std::string_view path : {"/health", "/health/1.0"}) add("GET", path, health);
}

}  // namespace ox
