#pragma once
// A POST whose events are stored all together or not at all: its body is read whole, its events
// are named and bounded, and go to the gate as one group. For APIs that give out no ids.
// Metrics:   http.api.<api>.events (that are safe), .rejected (requests that got an error)
// Threading: constant but for counters; any thread. The gate answers on a thread of its own.
// Bounds:    a body of limits(); kMaxPostEvents bytes of events in a request; 64 MiB of large
//            bodies that wait to be taken apart, 503 for more.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/http_handler.h"
#include "common/http/http_response.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/event_group.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"

namespace ox {

// What is common to the records of a request (resource, labels) is in each of its events: a small
// body may make much of itself.
inline constexpr std::uint64_t kMaxPostEvents = 64 << 20;

class EventPost : public std::enable_shared_from_this<EventPost> {
 public:
  // api: its word. The context must outlive it.
  EventPost(ApiContext& context, std::string_view api);

  ApiContext& context() const { return context_; }
  // As sent: 16 MiB, as decoded, with what the decoder holds, 14; or what an event may need.
  HttpBodyLimits limits() const;

  // Reads the whole body, then calls `done` with it: on the I/O thread, or for a body that takes
  // long, on the slow lane.
  std::unique_ptr<BodyReader> read(HttpReply reply,
                                   std::function<void(std::string body, HttpReply reply)> done);

  // Adds `event`, which has everything but its type. usual: of its type when --type says nothing.
  // A host that is too long for a batch is cut. Errors, with nothing added: kTooLarge (the event
  // alone), kNoSpace (the request as a whole), kInvalid.
  Status add(ForeignEvent& event, const TypeTemplate& usual, EventGroup& group) const;

  // Hands the group on, and answers: `positive` when it is safe, or what it makes then.
  void send(EventGroup group, HttpReply reply, HttpResponse positive) const;
  void send(EventGroup group, HttpReply reply, std::function<HttpResponse()> positive) const;
  void refuse(const HttpError& error, HttpReply& reply) const;
  // What add() and the readers of bodies say, as an error to answer: 413 for what is too large,
  // otherwise 400.
  static HttpError error_of(const Status& status);

  Counter& rejected() const { return rejected_; }

 private:
  ApiContext& context_;
  const std::string api_;
  Counter& events_;
  Counter& rejected_;
  std::atomic<std::uint64_t> waiting_{0};  // bytes of bodies on the slow lane
};

// A handler for writers that may send to `api`, with the limits of `post` set before the body.
using PostHandler = std::function<std::unique_ptr<BodyReader>(const HttpRequest&, HttpReply)>;
HttpHandler post_handler(ApiContext& context, std::shared_ptr<const EventPost> post,
                         PostHandler next);

}  // namespace ox
