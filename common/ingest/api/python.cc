#include "common/ingest/api/python.h"

#include <memory>
#include <utility>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/chronologer/record_post.h"
#include "common/ingest/api/sender_host.h"

namespace ox {
namespace {

std::string created_id(const LogRecord&, std::string_view, std::uint64_t id) {
  return "{\"id\": " + std::to_string(id) + "}";
}

class PythonApi {
 public:
  explicit PythonApi(ApiContext& context)
      : store_(std::make_shared<RecordStore>(context, "python")) {}

  HttpBodyLimits limits() const { return {store_->max_text(), store_->max_text()}; }

  // With GET, the handler's default method, the record is in the query.
  std::unique_ptr<BodyReader> get(const HttpRequest& request, HttpReply reply) const {
    store(RecordFormat::kForm, request.raw_query(), sender_host(store_->context(), request),
          std::move(reply));
    return nullptr;
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    auto format = record_format(request);
    if (!format || format == RecordFormat::kLines) {
      refuse_record(*store_,
                    http_error(415,
                               "Supported content types: application/x-www-form-urlencoded, "
                               "application/json"),
                    reply);
      return nullptr;
    }
    return read_whole_body(
        std::move(reply),
        [this, format = *format, host = sender_host(store_->context(), request)](
            std::string body, HttpReply to) { store(format, body, host, std::move(to)); });
  }

 private:
  void store(RecordFormat format, std::string_view text, const std::string& host,
             HttpReply reply) const {
    std::string document;
    auto error = append_document(format, text, document);
    if (!error && RawValue(document).is_map() && RawValue(document).size() == 0)
      error = model_error("There is no record in the request");
    if (error) {
      refuse_record(*store_, *error, reply);
      return;
    }
    post_record(store_, RecordModel::kPython, RawValue(document), host, created_id,
                std::move(reply));
  }

  const std::shared_ptr<const RecordStore> store_;
};

}  // namespace

void mount_python(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const PythonApi>(context);
  auto handler = [&](std::unique_ptr<BodyReader> (PythonApi::*next)(const HttpRequest&, HttpReply)
                         const) {
    HttpHandler guarded =
        authorized(context, Api::kOther, Role::kWriter,
                   [api, next](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                               const std::shared_ptr<const AuthPolicy>&) {
                     return ((*api).*next)(request, std::move(reply));
                   });
    return [api, guarded](const HttpRequest& request, HttpReply reply) {
      reply.set_body_limits(api->limits());
      return guarded(request, std::move(reply));
    };
  };
  constexpr std::string_view kPath = "/ingest/python";
  router.mount({.prefix = std::string(kPath), .error = record_error_response})
      .add("GET", kPath, handler(&PythonApi::get))
      .add("POST", kPath, handler(&PythonApi::post));
}

}  // namespace ox
