#include "common/ingest/api/pbu.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/ingest/api/authorized.h"
#include "common/ingest/api/delivery_answer.h"
#include "common/ingest/api/pbu/level_writer.h"
#include "common/ingest/api/pbu/pbu_record.h"
#include "common/ingest/api/pbu/pbu_settings.h"
#include "common/ingest/api/sender_host.h"
#include "common/ingest/model/json_input.h"

namespace ox {
namespace {

constexpr std::string_view kLogPath = "/api/log";
constexpr std::string_view kPbuWord = "pbu";

bool is_json(const HttpRequest& request) {
  auto type = MediaType::parse(request.header("content-type"));
  if (!type) return false;
  return type->type == "application/json" ||
         (type->type.starts_with("application/") && type->type.ends_with("+json"));
}

class PbuApi : public std::enable_shared_from_this<PbuApi> {
 public:
  PbuApi(ApiContext& context, PbuSettings settings, std::optional<LevelFiles> files)
      : context_(context),
        settings_(std::move(settings)),
        events_(context.metrics.counter("http.api.pbu.events")),
        rejected_(context.metrics.counter("http.api.pbu.rejected")),
        disabled_(context.metrics.counter("http.api.pbu.disabled")) {
    if (files) writer_ = std::make_unique<LevelWriter>(std::move(*files), context.metrics);
  }

  HttpBodyLimits limits() const {
    const std::uint64_t most = context_.max_text();
    return {most, most};
  }

  std::unique_ptr<BodyReader> post(const HttpRequest& request, HttpReply reply) {
    if (!is_json(request)) {
      refuse({.status = 415, .message = "A record comes as application/json"}, reply);
      return nullptr;
    }
    return read_whole_body(
        std::move(reply),
        [self = shared_from_this(), host = sender_host(context_, request)](
            const std::string& body, HttpReply to) { self->store(body, host, std::move(to)); });
  }

 private:
  void store(std::string_view body, const std::string& host, HttpReply reply) {
    thread_local JsonInput json;
    std::string document;
    if (Status status = json.append(body, document); !status.ok())
      return refuse({.status = 400, .message = "Not JSON: " + status.message()}, reply);
    PbuRecord record;
    const WallTime now = context_.clock.wall();
    if (auto error = record.read(RawValue(document), now,
                                 static_cast<std::size_t>(context_.max_event_bytes)))
      return refuse(*error, reply);
    const bool enabled = settings_.enabled[record.level()];
    if (!enabled && !settings_.store_disabled) {
      disabled_.add();
      return accept(reply);
    }
    EventGroup group;
    if (auto error = add(record, host, group)) return refuse(*error, reply);
    std::string lines;
    if (enabled && writer_) record.append_lines(lines, settings_.layout, now);
    // std::function wants to be copied, and a reply does not.
    auto waiting = std::make_shared<HttpReply>(std::move(reply));
    context_.gate.submit(std::move(group),
                         [self = shared_from_this(), waiting, level = record.level(),
                          lines = std::move(lines)](Delivery delivery) mutable {
                           self->delivered(delivery, level, std::move(lines), waiting);
                         });
  }

  std::optional<HttpError> add(const PbuRecord& record, std::string_view host, EventGroup& group) {
    ForeignEvent event;
    record.fill(event);
    event.host = host;
    std::string type;
    context_.name_type(kPbuWord, kPbuWord, event, type);
    std::string packed;
    Status status = event.append_to(packed);
    if (status.ok() && packed.size() > context_.max_event_bytes)
      status = Status(Code::kTooLarge,
                      fmt::format("A record takes {}; the most is {}", format_size(packed.size()),
                                  format_size(context_.max_event_bytes)));
    if (status.ok()) status = group.add(event.type, event.host, event.end, packed);
    if (status.ok()) return std::nullopt;
    return HttpError{.status = status.code() == Code::kTooLarge ? 413 : 400,
                     .message = status.message()};
  }

  // On the gate's thread.
  void delivered(Delivery delivery, PbuLevel level, std::string lines,
                 const std::shared_ptr<HttpReply>& reply) {
    if (delivery != Delivery::kSafe) return refuse(delivery_error(delivery), *reply);
    events_.add();
    if (lines.empty()) return accept(*reply);
    writer_->write(level, std::move(lines), [reply] { accept(*reply); });
  }

  static void accept(HttpReply& reply) {
    reply.send(HttpResponse::json(200, "{\"status\":true}\n"));
  }

  void refuse(const HttpError& error, HttpReply& reply) const {
    rejected_.add();
    reply.send_error(error);
  }

  ApiContext& context_;
  const PbuSettings settings_;
  Counter& events_;
  Counter& rejected_;
  Counter& disabled_;
  std::unique_ptr<LevelWriter> writer_;  // null: no level files
};

// The level files that are asked for.
Result<std::optional<LevelFiles>> open_files(const PbuSettings& settings, const Clock& clock) {
  std::optional<LevelFiles> out;
  if (settings.log_folder.empty()) return out;
  auto files = LevelFiles::open(settings.log_folder, settings.layout, clock);
  if (!files.ok())
    return Status(Code::kInvalid, fmt::format("LOG_FOLDER: {}", files.status().message()));
  out.emplace(std::move(*files));
  return out;
}

}  // namespace

void mount_pbu(HttpRouter& router, ApiContext& context) {
  auto settings = PbuSettings::read(context.variable, context.profiles.contains(kPbuWord));
  if (!settings.ok()) return context.refuse(settings.status());
  auto files = open_files(*settings, context.clock);
  if (!files.ok()) return context.refuse(files.status());
  for (const std::string& warning : settings->warnings) log_warning("{}", warning);

  auto api = std::make_shared<PbuApi>(context, std::move(*settings), std::move(*files));
  HttpHandler post =
      authorized(context, Api::kPbu, Role::kWriter,
                 [api](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
                   return api->post(request, std::move(reply));
                 });
  router.mount().add("POST", kLogPath, [api, post](const HttpRequest& request, HttpReply reply) {
    reply.set_body_limits(api->limits());
    return post(request, std::move(reply));
  });
}

}  // namespace ox
