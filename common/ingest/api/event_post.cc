#include "common/ingest/api/event_post.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/authorized.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/model/text.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::uint64_t kMaxPostText = 16 << 20;
// Of a body that was compressed, with its decoder: a body that inflates without end costs no more.
constexpr std::uint64_t kMaxPostInflated = 14 << 20;
// Some milliseconds of an I/O thread, which others wait for.
constexpr std::size_t kQuickPostText = 512 << 10;
constexpr std::uint64_t kMaxWaitingText = 64 << 20;

}  // namespace

EventPost::EventPost(ApiContext& context, std::string_view api)
    : context_(context),
      api_(api),
      events_(context.metrics.counter(fmt::format("http.api.{}.events", api))),
      rejected_(context.metrics.counter(fmt::format("http.api.{}.rejected", api))) {}

HttpBodyLimits EventPost::limits() const {
  const std::uint64_t most = std::max<std::uint64_t>(context_.max_text(), kMaxPostText);
  return {most, most, std::max<std::uint64_t>(context_.max_text(), kMaxPostInflated)};
}

std::unique_ptr<BodyReader> EventPost::read(HttpReply reply,
                                            std::function<void(std::string, HttpReply)> done) {
  return read_whole_body(std::move(reply), [self = shared_from_this(), done = std::move(done)](
                                               std::string body, HttpReply to) {
    const std::size_t size = body.size();
    if (size <= kQuickPostText) return done(std::move(body), std::move(to));
    // std::function wants to be copied, and a reply does not.
    auto work = std::make_shared<std::pair<std::string, HttpReply>>(std::move(body), std::move(to));
    const std::uint64_t before = self->waiting_.fetch_add(size);
    const bool room = before == 0 || before + size <= kMaxWaitingText;
    if (room && self->context_.slow_lane.run([self, done, work, size] {
          done(std::move(work->first), std::move(work->second));
          self->waiting_.fetch_sub(size);
        }))
      return;
    self->waiting_.fetch_sub(size);
    self->refuse({.status = 503,
                  .message = "Too much waits to be taken apart: nothing of this was taken",
                  .retry_after = Seconds(1)},
                 work->second);
  });
}

Status EventPost::add(ForeignEvent& event, const TypeTemplate& usual, EventGroup& group) const {
  event.host = cut_bytes(event.host, kMaxNameBytes);
  event.type = api_;
  std::string usual_type;
  usual.render(event, api_, usual_type);
  std::string type;
  context_.name_type(api_, usual_type, event, type);
  thread_local std::string packed;
  packed.clear();
  OX_RETURN_IF_ERROR(event.append_to(packed));
  if (packed.size() > context_.max_event_bytes)
    return Status(Code::kTooLarge,
                  fmt::format("an event takes {}; the most is {}", format_size(packed.size()),
                              format_size(context_.max_event_bytes)));
  if (group.bytes() + packed.size() > kMaxPostEvents)
    return Status(Code::kNoSpace, fmt::format("the events of this request take more than {}",
                                              format_size(kMaxPostEvents)));
  return group.add(event.type, event.host, event.end, packed);
}

void EventPost::send(EventGroup group, HttpReply reply, HttpResponse positive) const {
  send(std::move(group), std::move(reply),
       [answer = std::move(positive)]() mutable { return std::move(answer); });
}

void EventPost::send(EventGroup group, HttpReply reply,
                     std::function<HttpResponse()> positive) const {
  const std::size_t count = group.size();
  // std::function wants to be copied, and a reply does not.
  auto waiting = std::make_shared<HttpReply>(std::move(reply));
  context_.gate.submit(std::move(group), [self = shared_from_this(), waiting, count,
                                          positive = std::move(positive)](Delivery delivery) {
    if (delivery != Delivery::kSafe) return self->refuse(delivery_error(delivery), *waiting);
    self->events_.add(count);
    waiting->send(positive());
  });
}

void EventPost::refuse(const HttpError& error, HttpReply& reply) const {
  rejected_.add();
  reply.send_error(error);
}

HttpError EventPost::error_of(const Status& status) {
  const bool large = status.code() == Code::kTooLarge || status.code() == Code::kNoSpace;
  return {.status = large ? 413 : 400, .message = status.message()};
}

HttpHandler post_handler(ApiContext& context, std::shared_ptr<const EventPost> post,
                         PostHandler next) {
  HttpHandler guarded = authorized(
      context, Api::kOther, Role::kWriter,
      [next = std::move(next)](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                               const std::shared_ptr<const AuthPolicy>&) {
        return next(request, std::move(reply));
      });
  return [post = std::move(post), guarded](const HttpRequest& request, HttpReply reply) {
    reply.set_body_limits(post->limits());
    return guarded(request, std::move(reply));
  };
}

}  // namespace ox
