#include "common/ingest/api/fluent.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/event_post.h"
#include "common/ingest/api/fluent/fluent_body.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/model/fluent_record.h"

namespace ox {
namespace {

// As in_http: two lines of text.
HttpResponse fluent_error(const HttpError& error, const HttpRequest*) {
  return HttpResponse(
      error.status, "text/plain",
      fmt::format("{} {}\n{}\n", error.status, reason_phrase(error.status), error.message));
}

// Seconds; 0 and what is no number mean now, as in_http has it.
std::optional<Timestamp> time_parameter(const HttpRequest& request) {
  const HttpPairs query = request.query();
  const std::string* text = find_pair(query, "time");
  if (text == nullptr) return std::nullopt;
  double seconds = 0;
  const char* end = text->data() + text->size();
  if (auto [at, error] = std::from_chars(text->data(), end, seconds);
      error != std::errc() || at != end || seconds == 0)
    return std::nullopt;
  return timestamp_from_seconds(seconds);
}

void post_fluent_records(const std::shared_ptr<EventPost>& post, std::string_view body,
                         HttpReply reply) {
  const HttpRequest& request = reply.request();
  std::string tag(request.parameter("tag"));
  std::replace(tag.begin(), tag.end(), '/', '.');
  std::string records;
  Status status =
      append_fluent_records(request.header("content-type"), request.raw_query(), body, records);
  const std::optional<Timestamp> time = time_parameter(request);
  const TypeTemplate type = fluent_type(tag);
  const std::string host = sender_host(post->context(), request);
  const double now = to_seconds(post->context().clock.wall());
  EventGroup group;
  ForeignEvent event;
  for (std::string_view rest = records; status.ok() && !rest.empty();) {
    const RawValue record = RawValue::front_of(rest);
    rest.remove_prefix(record.bytes().size());
    event.clear();
    event.host = host;
    event.end = now;
    fill_fluent_event(tag, record, time, event);
    status = post->add(event, type, group);
  }
  if (status.ok()) {
    post->send(std::move(group), std::move(reply), HttpResponse(200, "text/plain", ""));
  } else {
    post->refuse(EventPost::error_of(status), reply);
  }
}

}  // namespace

void mount_fluent(HttpRouter& router, ApiContext& context) {
  auto post = std::make_shared<EventPost>(context, "fluent");
  router.mount({.prefix = "/fluent", .error = fluent_error})
      .add("POST", "/fluent/{tag...}",
           post_handler(context, post, [post](const HttpRequest&, HttpReply reply) {
             return post->read(std::move(reply), [post](std::string body, HttpReply to) {
               post_fluent_records(post, body, std::move(to));
             });
           }));
}

}  // namespace ox
