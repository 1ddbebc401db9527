#include "common/ingest/api/chronologer/record_post.h"

#include <utility>

#include "common/ingest/api/chronologer/form_record.h"
#include "common/ingest/api/chronologer/record_chunk.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/delivery_answer.h"

namespace ox {

std::optional<RecordFormat> record_format(const HttpRequest& request) {
  std::string_view text = request.header("content-type");
  if (text.empty()) return RecordFormat::kForm;
  auto type = MediaType::parse(text);
  if (!type) return std::nullopt;
  if (type->type == "application/x-www-form-urlencoded") return RecordFormat::kForm;
  if (type->type == "application/json") return RecordFormat::kJson;
  if (type->type == "application/x-ndjson") return RecordFormat::kLines;
  return std::nullopt;
}

std::optional<HttpError> append_document(RecordFormat format, std::string_view body,
                                         std::string& out) {
  if (format == RecordFormat::kJson) {
    if (append_json_document(body, out)) return std::nullopt;
    return http_error(400, "Invalid JSON document");
  }
  auto pairs = parse_pairs(body);
  if (!pairs.ok()) return size_limit_error(pairs.status().message());
  Status status = append_form_record(*pairs, out);
  if (!status.ok()) return http_error(400, status.message());
  return std::nullopt;
}

void refuse_record(const RecordStore& store, const HttpError& error, HttpReply& reply) {
  store.rejected().add();
  reply.send_error(error);
}

void post_record(const std::shared_ptr<const RecordStore>& store, RecordModel model,
                 RawValue document, std::string_view host, const RecordAnswer& answer,
                 HttpReply reply) {
  LogRecord record;
  std::uint64_t id = 0;
  std::string logrec;
  EventGroup group;
  auto error = record.read(document, model, store->now());
  if (!error) error = store->take_ids(1, id);
  if (!error) {
    record.pack_logrec(logrec);
    error = store->add(record, logrec, id, host, group);
  }
  if (error) {
    refuse_record(*store, *error, reply);
    return;
  }
  // Made while the record is here. The gate may still hold the rest when the server has gone.
  auto waiting = std::make_shared<std::pair<HttpReply, std::string>>(std::move(reply),
                                                                     answer(record, logrec, id));
  store->context().gate.submit(std::move(group), [store, waiting](Delivery delivery) {
    auto& [to, body] = *waiting;
    if (delivery != Delivery::kSafe) {
      refuse_record(*store, delivery_error(delivery), to);
      return;
    }
    store->events().add();
    to.send(HttpResponse::json(201, std::move(body)));
  });
}

}  // namespace ox
