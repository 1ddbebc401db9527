#include "common/ingest/api/elasticsearch/bulk_upload.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/elasticsearch/bulk_answer.h"
#include "common/ingest/api/elasticsearch/bulk_reader.h"
#include "common/ingest/api/elasticsearch/es_response.h"
#include "common/ingest/api/upload/upload.h"

namespace ox {
namespace {

struct BulkChunk : UploadChunk {
  std::size_t begin = 0;  // of its actions in the answer
  std::size_t end = 0;
  std::size_t events = 0;
};

class BulkPolicy : public UploadPolicy {
 public:
  BulkPolicy(EsStore& store, BulkRequest request)
      : store_(store),
        request_(std::move(request)),
        reader_(request_.index),
        begun_(store.context().clock.mono()) {}

  Next take(const UploadItem& item) override {
    if (answer_.bytes() >= kMaxBulkAnswer)
      return stop({.status = 413, .message = "there are too many actions in one request"});
    BulkAction action;
    switch (reader_.take(item.text, item.line, !item.status.ok(), action)) {
      case BulkReader::Found::kNothing:
        return Next::kMore;
      case BulkReader::Found::kAction:
        return take_action(action);
      case BulkReader::Found::kMalformed:
        break;
    }
    return stop({.status = 400, .message = reader_.malformed()});
  }

  bool empty() const override { return failure_ || begin_ == answer_.size(); }
  bool full() const override {
    return !failure_ &&
           (answer_.size() - begin_ >= kBulkChunkActions || group_.bytes() >= kChunkBytes);
  }

  std::unique_ptr<UploadChunk> seal() override {
    auto chunk = std::make_unique<BulkChunk>();
    chunk->events = group_.size();
    chunk->group = std::exchange(group_, {});
    chunk->begin = std::exchange(begin_, answer_.size());
    chunk->end = answer_.size();
    return chunk;
  }

  bool lists_all() const override { return true; }

  Next delivered(UploadChunk& done, Delivery delivery) override {
    auto& chunk = static_cast<BulkChunk&>(done);
    if (delivery == Delivery::kSafe) {
      answer_.settle_stored(chunk.begin, chunk.end, store_.stored(chunk.events));
      return Next::kMore;
    }
    if (delivery == Delivery::kRefused) {
      answer_.settle_refused(chunk.begin, chunk.end, delivery_error(delivery).message);
      store_.rejected().add(chunk.events);
      return Next::kMore;
    }
    fail(delivery_error(delivery));
    return Next::kGiveUp;
  }

  void answer(HttpReply& reply, bool) override {
    BulkAction action;
    if (reader_.end(action) == BulkReader::Found::kAction) refuse(action);
    answer_.settle_rest();
    std::optional<HttpError> error;
    if (failure_ && answer_.stored() == 0) {
      error = failure_;
    } else if (!failure_ && stopped_) {
      error = stopped_;
      error->message =
          fmt::format("{}; the {} actions before it were taken", error->message, answer_.size());
    }
    if (error) store_.rejected().add();
    const bool with_items = !error || failure_;
    std::string body;
    if (with_items) {
      body = answer_.text(request_.filter, took(), failure_ ? failure_->message : std::string(),
                          error ? &*error : nullptr);
    } else {
      body = "{";
      append_es_error(body, *error);
      body.push_back('}');
    }
    HttpResponse response =
        es_response(error ? error->status : 200, request_.media_type, std::move(body));
    if (failure_ && failure_->retry_after.count() > 0) response.retry_after(failure_->retry_after);
    reply.send(std::move(response));
  }

 private:
  Next take_action(const BulkAction& action) {
    if (!action.error_type.empty()) {
      refuse(action);
      return Next::kMore;
    }
    if (failure_) {
      answer_.add_open(action.op, action.index, action.id);
      return Next::kMore;
    }
    std::string id;
    auto error = store_.add({action.index, action.id, action.options}, action.document,
                            request_.host, group_, id);
    if (!error) {
      answer_.add_open(action.op, action.index, id);
      return Next::kMore;
    }
    if (error->status == 503) {
      answer_.add_open(action.op, action.index, action.id);
      fail(*std::move(error));
      return Next::kGiveUp;
    }
    BulkAction refused = action;
    refused.error_type = es_error_type(400);
    refused.error_reason = std::move(error->message);
    refuse(refused);
    return Next::kMore;
  }

  void refuse(const BulkAction& action) {
    answer_.add_refused(action);
    store_.rejected().add();
  }

  // Nothing is sent any more.
  void fail(HttpError error) {
    failure_ = std::move(error);
    group_ = {};
  }

  Next stop(HttpError error) {
    stopped_ = std::move(error);
    return Next::kFinish;
  }

  std::uint64_t took() const {
    const auto passed = store_.context().clock.mono() - begun_;
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::duration_cast<Millis>(passed).count()));
  }

  EsStore& store_;
  const BulkRequest request_;
  BulkReader reader_;
  const MonoTime begun_;
  BulkAnswer answer_;
  EventGroup group_;                  // that is being filled
  std::size_t begin_ = 0;             // of its actions in the answer
  std::optional<HttpError> failure_;  // nobody takes events
  std::optional<HttpError> stopped_;  // the body cannot be followed any further
};

}  // namespace

std::unique_ptr<BodyReader> read_bulk(EsStore& store, BulkRequest request, HttpReply reply) {
  auto lines =
      line_items({.max_line = store.context().max_text(), .skip_blank = false, .json = false});
  return read_upload(store.context().gate, std::move(lines),
                     std::make_unique<BulkPolicy>(store, std::move(request)), std::move(reply));
}

}  // namespace ox
