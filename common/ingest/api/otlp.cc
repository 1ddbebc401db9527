#include "common/ingest/api/otlp.h"

#include <memory>
#include <string>
#include <utility>

#include "common/ingest/api/event_post.h"
#include "common/ingest/api/otlp/otlp_answer.h"
#include "common/ingest/api/otlp/otlp_json.h"
#include "common/ingest/api/otlp/otlp_protobuf.h"
#include "common/ingest/api/sender_host.h"

namespace ox {
namespace {

constexpr std::string_view kOtlpWord = "otlp";
constexpr std::string_view kOtlpPath = "/v1/logs";
// Under which the other signals have theirs: a 404 in OTLP's shape.
constexpr std::string_view kOtlpPrefix = "/v1";
constexpr std::string_view kOtlpType = "{source}.{resource.attributes.service.name|}";

class OtlpApi : public std::enable_shared_from_this<OtlpApi> {
 public:
  explicit OtlpApi(ApiContext& context)
      : post_(std::make_shared<EventPost>(context, kOtlpWord)),
        usual_type_(*TypeTemplate::parse(kOtlpType)) {}

  const std::shared_ptr<EventPost>& event_post() const { return post_; }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) const {
    auto encoding = otlp_encoding(request);
    if (!encoding) {
      post_->refuse(
          {.status = 415, .message = "Logs come as application/x-protobuf or application/json"},
          reply);
      return nullptr;
    }
    return post_->read(std::move(reply), [self = shared_from_this(), encoding = *encoding,
                                          host = sender_host(post_->context(), request)](
                                             const std::string& body, HttpReply to) {
      self->store(encoding, body, host, std::move(to));
    });
  }

 private:
  void store(OtlpEncoding encoding, std::string_view body, const std::string& host,
             HttpReply reply) const {
    const WallTime now = post_->context().clock.wall();
    EventGroup group;
    std::uint64_t too_large = 0;
    std::string why;
    ForeignEvent event;
    auto take = [&](const OtlpRecord& record) {
      event.clear();
      event.host = host;
      fill_otlp_event(record, now, event);
      Status status = post_->add(event, usual_type_, group);
      if (status.code() != Code::kTooLarge) return status;
      // The others are not to suffer for it, and this one is not to be sent again.
      if (++too_large == 1) why = status.message();
      return ok_status();
    };
    Status status = encoding == OtlpEncoding::kProtobuf ? read_otlp_protobuf(body, take)
                                                        : read_otlp_json(body, take);
    if (!status.ok()) return post_->refuse(EventPost::error_of(status), reply);
    post_->rejected().add(too_large);
    post_->send(std::move(group), std::move(reply), otlp_success(encoding, too_large, why));
  }

  const std::shared_ptr<EventPost> post_;
  const TypeTemplate usual_type_;
};

}  // namespace

void mount_otlp(HttpRouter& router, ApiContext& context) {
  auto api = std::make_shared<const OtlpApi>(context);
  router.mount({.prefix = std::string(kOtlpPrefix), .error = otlp_error_response})
      .add("POST", kOtlpPath,
           post_handler(context, api->event_post(),
                        [api](const HttpRequest& request, HttpReply reply) {
                          return api->post(request, std::move(reply));
                        }));
}

}  // namespace ox
