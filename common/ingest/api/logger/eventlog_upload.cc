#include "common/ingest/api/logger/eventlog_upload.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/upload/upload.h"
#include "proto/json.h"

namespace ox {
namespace {

// More would only say again that nothing is right.
constexpr std::size_t kMostErrors = 1'000;

// What is no event does not keep the others from being stored.
class EventlogUpload : public UploadPolicy {
 public:
  EventlogUpload(EventlogStore& store, EventlogRequest request)
      : store_(store), request_(std::move(request)) {}

  Next take(const UploadItem& item) override {
    if (item.index >= kMostEntries) {
      refuse(item, size_limit_error(fmt::format("More than {} events at once", kMostEntries)));
      return Next::kFinish;
    }
    if (auto error = take_entry(item)) refuse(item, *std::move(error));
    return Next::kMore;
  }

  bool empty() const override { return filling_->events.empty(); }
  bool full() const override {
    return filling_->events.size() >= kChunkRecords || filling_->group.bytes() >= kChunkBytes;
  }
  std::unique_ptr<UploadChunk> seal() override {
    return std::exchange(filling_, std::make_unique<Chunk>());
  }

  void drop(UploadChunk& chunk) override {
    for (const TakenEvent& event : static_cast<const Chunk&>(chunk).events)
      if (event.is_new) store_.settle(event, Delivery::kUnavailable);
  }
  void drop_filling() override {
    drop(*filling_);
    filling_ = std::make_unique<Chunk>();
  }

  Next delivered(UploadChunk& chunk, Delivery delivery) override {
    std::size_t lost = 0;
    for (const TakenEvent& event : static_cast<const Chunk&>(chunk).events) {
      if (event.is_new) store_.settle(event, delivery);
      if (event.is_new && delivery != Delivery::kSafe) {
        ++lost;
        continue;
      }
      (event.is_new ? store_.events() : store_.repeated()).add();
      any_new_ = any_new_ || event.is_new;
      ids_.push_back(event.id);
    }
    if (lost == 0) return Next::kMore;
    failure_ = delivery_error(delivery);
    failure_->message = fmt::format("{} events, and all behind them: {}", lost, failure_->message);
    return Next::kGiveUp;
  }

  void answer(HttpReply& reply, bool) override {
    if (failure_) {
      store_.rejected().add();
      errors_.push_back(*failure_);
    }
    if (refused_ > kMostErrors)
      errors_.push_back(
          http_error(400, fmt::format("{} more events were refused", refused_ - kMostErrors)));
    std::string body;
    if (errors_.empty()) {
      body = R"({"ids": )";
      append_ids(body);
      body.push_back('}');
      reply.send(HttpResponse::json(any_new_ || ids_.empty() ? 201 : 200, std::move(body)));
    } else if (ids_.empty()) {
      // What can be tried again goes before what cannot.
      reply.send_error(failure_ ? *failure_ : errors_.front());
    } else {
      body = R"({"multistatus": [{"status": 201, "body": )";
      append_ids(body);
      body.push_back('}');
      for (const HttpError& error : errors_) append_error(body, error);
      body += "]}";
      HttpResponse response = HttpResponse::json(207, std::move(body));
      if (failure_ && failure_->retry_after.count() > 0)
        response.retry_after(failure_->retry_after);
      reply.send(std::move(response));
    }
  }

 private:
  struct Chunk : UploadChunk {
    std::vector<TakenEvent> events;  // in order; those that are not new are not in the group
  };

  std::optional<HttpError> take_entry(const UploadItem& item) {
    if (item.status.code() == Code::kTooLarge) return size_limit_error("is too long");
    if (!item.status.ok()) return http_error(400, "Invalid JSON document");
    EventlogEntry entry;
    if (auto error = entry.read(item.document)) return error;
    if (request_.signed_by) {
      if (auto error =
              check_signature(*request_.signed_by, LoggerSignature::from_member(entry.signature()),
                              entry, item.text, {}))
        return error;
    }
    std::string key;
    if (!request_.key.empty() && entry.key().empty())
      key = fmt::format("{}#{}", request_.key, item.index);
    TakenEvent taken;
    if (auto error = store_.take(entry, request_.host, key, filling_->group, taken)) return error;
    filling_->events.push_back(std::move(taken));
    return std::nullopt;
  }

  void refuse(const UploadItem& item, HttpError error) {
    store_.rejected().add();
    ++refused_;
    error.message = fmt::format("{}: {}", item.where(), error.message);
    if (errors_.size() < kMostErrors) errors_.push_back(std::move(error));
  }

  void append_ids(std::string& out) const {
    out.push_back('[');
    const char* separator = "";
    for (const std::string& id : ids_) {
      out += separator;
      append_json_string(out, id);
      separator = ", ";
    }
    out.push_back(']');
  }

  void append_error(std::string& out, const HttpError& error) const {
    fmt::format_to(std::back_inserter(out), R"(, {{"status": {}, "body": )", error.status);
    if (request_.errors_as_objects) {
      append_record_error(out, error);
    } else {
      append_json_string(out, error.message);
    }
    out.push_back('}');
  }

  EventlogStore& store_;
  const EventlogRequest request_;
  std::unique_ptr<Chunk> filling_ = std::make_unique<Chunk>();
  std::vector<std::string> ids_;  // that are stored
  bool any_new_ = false;
  std::vector<HttpError> errors_;  // of entries, the first of them
  std::size_t refused_ = 0;
  std::optional<HttpError> failure_;  // of a chunk
};

}  // namespace

std::unique_ptr<BodyReader> read_eventlog_lines(EventlogStore& store, EventlogRequest request,
                                                HttpReply reply) {
  return read_upload(store.context().gate,
                     line_items({.max_line = store.max_text(), .utf8_only = true}),
                     std::make_unique<EventlogUpload>(store, std::move(request)), std::move(reply));
}

void post_eventlog_array(EventlogStore& store, EventlogRequest request, std::string body,
                         std::string document, HttpReply reply) {
  const bool with_texts = request.signed_by != nullptr;
  auto items = document_items(std::move(document), with_texts ? std::move(body) : std::string());
  post_upload(store.context().gate, std::move(items),
              std::make_unique<EventlogUpload>(store, std::move(request)), std::move(reply));
}

}  // namespace ox
