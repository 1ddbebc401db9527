#include "common/ingest/api/chronologer.h"

#include <charconv>
#include <cstdlib>
#include <memory>
#include <utility>

#include "common/base/log.h"
#include "common/ingest/api/authorized.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/chronologer/record_post.h"
#include "common/ingest/api/chronologer/record_upload.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

constexpr std::string_view kRecordPath = "/api/v1/record";
constexpr const char* kMultistatus = "CHRONOLOGER_MULTISTATUS";

MultistatusError multistatus_from_environment() {
  const char* value = std::getenv(kMultistatus);
  std::string_view text = value == nullptr ? "" : value;
  if (text == "object") return MultistatusError::kObject;
  if (!text.empty() && text != "string")
    log_warning("{} is \"{}\", neither string nor object: string it is", kMultistatus, text);
  return MultistatusError::kText;
}

// Of the query's "raw": an integer as Python reads it, but for "_".
std::optional<RecordModel> model_of(const HttpRequest& request) {
  const HttpPairs query = request.query();
  const std::string* raw = find_pair(query, "raw");
  if (raw == nullptr) return RecordModel::kChronologer;
  std::string_view digits = trimmed(*raw);
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return digits.find_first_not_of('0') == std::string_view::npos ? RecordModel::kChronologer
                                                                 : RecordModel::kRaw;
}

std::string created_record(const LogRecord& record, std::string_view logrec, std::uint64_t id) {
  std::string body;
  append_record_json(body, record, logrec, id);
  return body;
}

class RecordApi {
 public:
  explicit RecordApi(ApiContext& context)
      : store_(std::make_shared<RecordStore>(context, "chronologer")),
        errors_(multistatus_from_environment()) {}

  // Before anything is known of the sender: how much of its body is to be read.
  HttpBodyLimits limits(const HttpRequest& request) const {
    if (record_format(request) == RecordFormat::kLines) return {kUnlimitedBody, kUnlimitedBody};
    return {store_->max_text(), store_->max_text()};
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    auto format = record_format(request);
    if (!format) {
      refuse_record(*store_,
                    http_error(415,
                               "Supported content types: application/x-www-form-urlencoded, "
                               "application/json, application/x-ndjson"),
                    reply);
      return nullptr;
    }
    auto model = model_of(request);
    if (!model) {
      refuse_record(*store_, value_error("\"raw\" must be an integer"), reply);
      return nullptr;
    }
    std::string host = sender_host(store_->context(), request);
    if (format == RecordFormat::kLines)
      return read_records(store_, *model, std::move(host), errors_, std::move(reply));
    return read_whole_body(
        std::move(reply), [this, format = *format, model = *model, host = std::move(host)](
                              std::string body, HttpReply to) {
          std::string document;
          if (auto error = append_document(format, body, document)) {
            refuse_record(*store_, *error, to);
            return;
          }
          post_record(store_, model, RawValue(document), host, created_record, std::move(to));
        });
  }

 private:
  const std::shared_ptr<const RecordStore> store_;
  const MultistatusError errors_;
};

}  // namespace

void mount_chronologer(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const RecordApi>(context);
  HttpHandler post =
      authorized(context, Api::kRecord, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
                   return api->post(request, std::move(reply));
                 });
  router.mount({.prefix = std::string(kRecordPath), .error = record_error_response})
      .add("POST", kRecordPath, [api, post](const HttpRequest& request, HttpReply reply) {
        reply.set_body_limits(api->limits(request));
        return post(request, std::move(reply));
      });
}

}  // namespace ox
