#include "common/ingest/api/elasticsearch.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/elasticsearch/bulk_answer.h"
#include "common/ingest/api/elasticsearch/bulk_upload.h"
#include "common/ingest/api/elasticsearch/es_probes.h"
#include "common/ingest/api/elasticsearch/es_response.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/model/json_input.h"

namespace ox {
namespace {

constexpr std::string_view kEsProfile = "es";

class EsApi : public std::enable_shared_from_this<EsApi> {
 public:
  explicit EsApi(ApiContext& context) : store_(context) {}

  HttpBodyLimits document_limits() const {
    const std::uint64_t most = store_.context().max_text();
    return {most, most};
  }

  // "pipeline", "refresh", "routing" and the like have no meaning here.
  std::unique_ptr<BodyReader> bulk(const HttpRequest& request, HttpReply reply) {
    BulkRequest bulk{.index = std::string(request.parameter("index")),
                     .host = sender_host(store_.context(), request),
                     .media_type = es_media_type(&request),
                     .filter = FilterPath()};
    const HttpPairs query = request.query();
    if (const std::string* filter = find_pair(query, "filter_path"))
      bulk.filter = FilterPath(*filter);
    return read_bulk(store_, std::move(bulk), std::move(reply));
  }

  std::unique_ptr<BodyReader> document(const HttpRequest& request, HttpReply reply) {
    return read_whole_body(
        std::move(reply),
        [self = shared_from_this(), host = sender_host(store_.context(), request)](
            const std::string& body, HttpReply to) { self->store(body, host, std::move(to)); });
  }

 private:
  void store(std::string_view body, const std::string& host, HttpReply reply) {
    const HttpRequest& request = reply.request();
    const std::string index(request.parameter("index"));
    const std::string_view id = request.parameter("id");
    if (index.size() > kMaxIndexName || id.size() > kMaxDocumentId)
      return refuse({.status = 400, .message = "the index or the id is too long"}, reply);
    thread_local JsonInput json;
    std::string document;
    if (Status status = json.append(body, document); !status.ok())
      return refuse({.status = 400,
                     .message = fmt::format("failed to parse: {}", status.message()),
                     .type = "document_parsing_exception"},
                    reply);
    EventGroup group;
    std::string answered_id;
    if (auto error = store_.add({index, id}, RawValue(document), host, group, answered_id))
      return refuse(*error, reply);
    // std::function wants to be copied, and a reply does not.
    auto waiting = std::make_shared<HttpReply>(std::move(reply));
    store_.context().gate.submit(std::move(group), [self = shared_from_this(), waiting, index,
                                                    answered_id](Delivery delivery) {
      if (delivery != Delivery::kSafe) return self->refuse(delivery_error(delivery), *waiting);
      std::string answer = "{";
      append_es_created(answer, index, answered_id, self->store_.stored(1));
      answer.push_back('}');
      const std::string type = es_media_type(&waiting->request());
      waiting->send(es_response(201, type, std::move(answer)));
    });
  }

  void refuse(const HttpError& error, HttpReply& reply) const {
    store_.rejected().add();
    reply.send_error(error);
  }

  EsStore store_;
};

}  // namespace

void mount_elasticsearch(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<EsApi>(context);
  auto guarded = [&](std::unique_ptr<BodyReader> (EsApi::*next)(const HttpRequest&, HttpReply)) {
    return authorized(context, Api::kOther, Role::kWriter,
                      [api, next](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                                  const std::shared_ptr<const AuthPolicy>&) {
                        return ((*api).*next)(request, std::move(reply));
                      });
  };
  const HttpRouteOptions bulk_options{
      .limits = HttpBodyLimits{.raw_bytes = kUnlimitedBody, .decoded_bytes = kUnlimitedBody}};
  const HttpRouteOptions document_options{.limits = api->document_limits()};
  auto& everywhere = router.mount({.error = es_error_response});
  for (const char* path : {"/_bulk", "/_bulk/", "/{index}/_bulk", "/{index}/_bulk/"})
    everywhere.add("POST, PUT", path, guarded(&EsApi::bulk), bulk_options);
  for (const char* path : {"/{index}/_doc", "/{index}/_doc/"})
    everywhere.add("POST", path, guarded(&EsApi::document), document_options);
  for (const char* path : {"/{index}/_doc/{id}", "/{index}/_create/{id}"})
    everywhere.add("POST, PUT", path, guarded(&EsApi::document), document_options);
  const std::string profile(kEsProfile);
  auto& root = router.mount({.profile = profile, .prefix = "/", .error = es_error_response});
  auto& last = router.mount({.profile = profile, .error = es_error_response, .last = true});
  add_es_probes(context, everywhere, root, last);
}

}  // namespace ox
