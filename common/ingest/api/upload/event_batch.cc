#include "common/ingest/api/upload/event_batch.h"

#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/record_ids.h"

namespace ox {

EventStore::EventStore(ApiContext& context, std::string_view api)
    : context_(context),
      post_(std::make_shared<EventPost>(context, api)),
      api_(api),
      events_(context.metrics.counter(fmt::format("http.api.{}.events", api))),
      rejected_(context.metrics.counter(fmt::format("http.api.{}.rejected", api))) {}

std::optional<HttpError> EventStore::add(EventModel& model, RawValue document,
                                         std::string_view type, std::string_view host, WallTime now,
                                         std::optional<std::uint64_t> id, EventGroup& group) const {
  thread_local ForeignEvent event;
  thread_local std::string name;
  thread_local std::string body;
  event.clear();
  event.host = host;
  event.end = to_seconds(now);
  Status status = model.fill(document, event);
  if (status.ok()) {
    event.id = id;
    context_.name_type(api_, event.type.empty() ? type : event.type, event, name);
    body.clear();
    status = event.append_to(body);
  }
  if (status.ok() && body.size() > context_.max_event_bytes)
    status = Status(Code::kTooLarge,
                    fmt::format("an event takes {}; the most is {}", format_size(body.size()),
                                format_size(context_.max_event_bytes)));
  if (status.ok()) status = group.add(event.type, event.host, event.end, body);
  if (status.ok()) return std::nullopt;
  return HttpError{.status = status.code() == Code::kTooLarge ? 413 : 400,
                   .message = status.message()};
}

namespace {

class EventBatch : public UploadPolicy {
 public:
  explicit EventBatch(EventBatchRequest request)
      : request_(std::move(request)), store_(*request_.store) {}

  Next take(const UploadItem& item) override {
    if (item.index >= kMostBatchEvents) {
      refuse(
          {item.index, item.line},
          {.status = 413, .message = fmt::format("more than {} events at once", kMostBatchEvents)});
      return Next::kFinish;
    }
    if (!item.status.ok()) {
      const bool too_large = item.status.code() == Code::kTooLarge;
      refuse({item.index, item.line},
             {.status = too_large ? 413 : 400, .message = item.status.message()});
      return Next::kMore;
    }
    documents_.append(item.document.bytes());
    places_.push_back({item.index, item.line});
    return Next::kMore;
  }

  bool empty() const override { return places_.empty(); }
  bool full() const override {
    return places_.size() >= kChunkRecords || documents_.size() >= kChunkBytes;
  }
  void drop_filling() override {
    documents_.clear();
    places_.clear();
  }

  std::unique_ptr<UploadChunk> seal() override {
    auto chunk = std::make_unique<Chunk>();
    std::uint64_t first = 0;
    if (request_.with_ids) {
      auto ids = store_.context().ids.take(static_cast<std::uint32_t>(places_.size()));
      if (!ids.ok()) {
        fail({.status = 503,
              .message = "there are no record ids at the moment: nothing of this was taken",
              .retry_after = kRetryForIds},
             places_.size());
        return nullptr;
      }
      first = *ids;
    }
    const WallTime now = store_.context().clock.wall();
    std::string_view rest = documents_;
    for (const Place& place : places_) {
      const RawValue document = RawValue::front_of(rest);
      rest.remove_prefix(document.bytes().size());
      // The ids of what is stored follow each other.
      std::optional<std::uint64_t> id;
      if (request_.with_ids) id = first + chunk->group.size();
      auto error = store_.add(*request_.model, document, request_.type, request_.host, now, id,
                              chunk->group);
      if (error) refuse(place, *std::move(error));
    }
    chunk->ids = {first, first + chunk->group.size() - 1};
    chunk->events = chunk->group.size();
    drop_filling();
    return chunk;
  }

  Next delivered(UploadChunk& sealed, Delivery delivery) override {
    const auto& chunk = static_cast<const Chunk&>(sealed);
    if (delivery != Delivery::kSafe) {
      HttpError error = delivery_error(delivery);
      if (delivery == Delivery::kBusy) error.status = request_.busy_status;
      fail(std::move(error), chunk.events);
      return Next::kGiveUp;
    }
    if (chunk.events == 0) return Next::kMore;  // all were refused
    store_.events().add(chunk.events);
    result_.stored += chunk.events;
    if (!request_.with_ids) return Next::kMore;
    if (!result_.ids.empty() && result_.ids.back().last + 1 == chunk.ids.first) {
      result_.ids.back().last = chunk.ids.last;
    } else {
      result_.ids.push_back(chunk.ids);
    }
    return Next::kMore;
  }

  void answer(HttpReply& reply, bool single) override {
    result_.single = single;
    if (result_.failure) store_.rejected().add();
    if (result_.stored > 0 || result_.whole()) {
      HttpResponse response = request_.answer(result_);
      if (result_.failure && result_.failure->retry_after.count() > 0)
        response.retry_after(result_.failure->retry_after);
      reply.send(std::move(response));
      return;
    }
    if (result_.failure) {
      reply.send_error(*result_.failure);
      return;
    }
    HttpError error = result_.refusals.front().error;
    if (!single)
      error.message = fmt::format("{}: {}", where(result_.refusals.front()), error.message);
    reply.send_error(error);
  }

 private:
  struct Place {
    std::size_t index;
    std::size_t line;
  };
  struct Chunk : UploadChunk {
    BatchResult::Ids ids;
    std::size_t events = 0;
  };

  static std::string where(const BatchResult::Refused& refused) {
    return UploadItem{.index = refused.index, .line = refused.line}.where();
  }

  void refuse(Place place, HttpError error) {
    store_.rejected().add();
    if (++result_.refused <= kMostRefusals)
      result_.refusals.push_back({place.index, place.line, std::move(error)});
  }

  void fail(HttpError error, std::size_t events) {
    if (result_.stored > 0)
      error.message = fmt::format("{} events, and all behind them: {}", events, error.message);
    result_.failure = std::move(error);
  }

  const EventBatchRequest request_;
  const EventStore& store_;
  std::string documents_;  // MessagePack, one behind the other
  std::vector<Place> places_;
  BatchResult result_;
};

}  // namespace

std::unique_ptr<UploadPolicy> event_batch(EventBatchRequest request) {
  return std::make_unique<EventBatch>(std::move(request));
}

}  // namespace ox
