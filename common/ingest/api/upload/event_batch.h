#pragma once
// The items of one request as events, each for itself: what is none is refused, and does not keep
// the others from being stored. For APIs whose events need nothing but a model and, perhaps, record
// ids.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/metrics.h"
#include "common/http/http_response.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/api/event_post.h"
#include "common/ingest/api/upload/event_model.h"
#include "common/ingest/api/upload/upload.h"

namespace ox {

// Of one request.
inline constexpr std::size_t kMostBatchEvents = 1'000'000;

// One API that stores events this way. Constant, for any thread; the context outlives it.
class EventStore {
 public:
  EventStore(ApiContext& context, std::string_view api);

  // Makes the event of `document` and adds it to `group`. type: without a template; host: of an
  // event that names none; id: nullopt for none. Nothing, or the error to answer, with nothing
  // added.
  std::optional<HttpError> add(EventModel& model, RawValue document, std::string_view type,
                               std::string_view host, WallTime now, std::optional<std::uint64_t> id,
                               EventGroup& group) const;

  ApiContext& context() const { return context_; }
  Counter& events() const { return events_; }      // http.api.<api>.events: that are safe
  Counter& rejected() const { return rejected_; }  // .rejected: events and requests refused

  // For what of a request is read whole, or refused: the same counters.
  EventPost& post() const { return *post_; }

 private:
  ApiContext& context_;
  const std::shared_ptr<EventPost> post_;
  const std::string api_;
  Counter& events_;
  Counter& rejected_;
};

// What became of a request of which something was stored, or nothing was wrong.
struct BatchResult {
  // Record ids that follow each other.
  struct Ids {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  // An item that is no event, at `line` or, where that is 0, at `index`.
  struct Refused {
    std::size_t index = 0;
    std::size_t line = 0;
    HttpError error;
  };

  std::uint64_t stored = 0;
  std::vector<Ids> ids;              // of those, in their order
  std::uint64_t refused = 0;         // items
  std::vector<Refused> refusals;     // the first kMostRefusals of them
  std::optional<HttpError> failure;  // why the rest was not taken
  bool single = false;               // the request was one document, not a list of one
  bool whole() const { return refused == 0 && !failure; }
};
// More would only say again that nothing is right.
inline constexpr std::size_t kMostRefusals = 1'000;

struct EventBatchRequest {
  std::shared_ptr<const EventStore> store;
  std::unique_ptr<EventModel> model;
  std::string type;  // without a template
  std::string host;  // of events that name none
  bool with_ids = false;
  int busy_status = 503;  // when too much waits already
  // Makes the answer. Where nothing was stored the first error is answered instead, what can be
  // tried again before what cannot; a failure adds its Retry-After.
  HttpResponse (*answer)(const BatchResult&) = nullptr;
};

std::unique_ptr<UploadPolicy> event_batch(EventBatchRequest request);

}  // namespace ox
