#include "common/ingest/api/chronologer/record_upload.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/ingest/api/chronologer/record_chunk.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/upload/upload.h"
#include "proto/json.h"

namespace ox {
namespace {

// The first thing that is wrong ends the request, and takes its chunk with it.
class RecordUpload : public UploadPolicy {
 public:
  RecordUpload(std::shared_ptr<const RecordStore> store, RecordModel model, std::string host,
               MultistatusError errors)
      : store_(std::move(store)), errors_(errors), chunk_(*store_, model, std::move(host)) {}

  Next take(const UploadItem& item) override {
    line_ = item.line;
    if (item.status.code() == Code::kTooLarge) {
      error_ = size_limit_error(fmt::format("The document on line {} is too large", line_));
    } else if (item.index >= kMaxRecords) {
      error_ = size_limit_error(fmt::format("More than {} records at once", kMaxRecords));
    } else if (!item.status.ok()) {
      error_ = http_error(400, fmt::format("Invalid JSON document on line {}", line_));
    } else {
      error_ = chunk_.add(item.document);
    }
    return error_ ? Next::kGiveUp : Next::kMore;
  }

  bool empty() const override { return chunk_.empty(); }
  bool full() const override { return chunk_.full(); }
  void drop_filling() override { chunk_.clear(); }

  std::unique_ptr<UploadChunk> seal() override {
    auto sealed = std::make_unique<RecordChunk::Sealed>();
    error_ = chunk_.seal(*sealed);
    if (error_) return nullptr;
    return sealed;
  }

  Next delivered(UploadChunk& chunk, Delivery delivery) override {
    const auto& sealed = static_cast<const RecordChunk::Sealed&>(chunk);
    if (delivery != Delivery::kSafe) {
      error_ = delivery_error(delivery);
      return Next::kGiveUp;
    }
    store_->events().add(sealed.count);
    stored_.push_back({sealed.first, sealed.count});
    return Next::kMore;
  }

  void answer(HttpReply& reply, bool) override {
    // A body without a single line has no document either.
    if (line_ == 0 && !error_) error_ = http_error(400, "Invalid JSON document on line 1");
    if (error_) store_->rejected().add();
    if (error_ && stored_.empty()) {
      reply.send_error(*error_);
      return;
    }
    std::string body;
    if (!error_) {
      append_ids(body);
      reply.send(HttpResponse::json(201, std::move(body)));
      return;
    }
    body = R"({"multistatus": [{"status": 201, "body": )";
    append_ids(body);
    fmt::format_to(std::back_inserter(body), R"(}}, {{"status": {}, "body": )", error_->status);
    if (errors_ == MultistatusError::kObject) {
      append_record_error(body, *error_);
    } else {
      append_json_string(body, record_error_message(*error_));
    }
    body += "}]}";
    HttpResponse response = HttpResponse::json(207, std::move(body));
    if (error_->retry_after.count() > 0) response.retry_after(error_->retry_after);
    reply.send(std::move(response));
  }

 private:
  struct Ids {
    std::uint64_t first;
    std::uint32_t count;
  };

  void append_ids(std::string& out) const {
    out.push_back('[');
    const char* separator = "";
    for (const Ids& ids : stored_)
      for (std::uint32_t i = 0; i < ids.count; ++i, separator = ", ")
        fmt::format_to(std::back_inserter(out), "{}{}", separator, ids.first + i);
    out.push_back(']');
  }

  const std::shared_ptr<const RecordStore> store_;  // the gate may answer when the server has gone
  const MultistatusError errors_;
  std::size_t line_ = 0;  // the last one taken
  RecordChunk chunk_;     // that is being filled
  std::vector<Ids> stored_;
  std::optional<HttpError> error_;  // ends the request
};

}  // namespace

std::unique_ptr<BodyReader> read_records(std::shared_ptr<const RecordStore> store,
                                         RecordModel model, std::string host,
                                         MultistatusError errors, HttpReply reply) {
  EventGate& gate = store->context().gate;
  auto items = line_items({.max_line = store->max_text(), .skip_blank = false, .utf8_only = true});
  return read_upload(
      gate, std::move(items),
      std::make_unique<RecordUpload>(std::move(store), model, std::move(host), errors),
      std::move(reply));
}

}  // namespace ox
