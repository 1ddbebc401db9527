#include "common/ingest/api/logger/eventlog_delete.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/logger/eventlog_entry.h"
#include "common/ingest/cutoff_client.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/timestamp.h"
#include "common/ingest/retention.h"

namespace ox {
namespace {

constexpr double kDeleteDaySeconds = 86400;
constexpr Seconds kRetryDelete = Seconds(5);
constexpr std::size_t kQuotedParameter = 100;

std::string quoted_start(std::string_view text) {
  return std::string(text.substr(0, kQuotedParameter));
}

std::optional<HttpError> read_time(const std::string& text, std::optional<double>& out) {
  std::string packed;
  pack_text(packed, text);
  auto time = timestamp_from(RawValue(packed));
  if (!time.ok())
    return validation_error("\"before\" is neither ISO 8601 nor seconds or milliseconds: " +
                            quoted_start(text));
  out = time->seconds;
  return std::nullopt;
}

std::optional<HttpError> read_facilities(std::string_view text, std::vector<std::string>& out) {
  while (true) {
    const std::size_t comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    if (name.empty()) return validation_error("\"facility\" has an empty name");
    if (name.size() > EventlogEntry::kMaxFacility || out.size() == kMaxCutoffNames)
      return validation_error(fmt::format("\"facility\" takes up to {} names of up to {} bytes",
                                          kMaxCutoffNames, EventlogEntry::kMaxFacility));
    out.emplace_back(name);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return std::nullopt;
}

std::optional<HttpError> read_parameter(const std::string& name, const std::string& value,
                                        CutoffScope& scope, bool& all) {
  if (name == "before") return read_time(value, scope.before);
  if (name == "facility") return read_facilities(value, scope.names);
  if (name == "level") {
    auto level = level_from_name(value);
    if (!level)
      return validation_error(
          fmt::format("\"level\" is none of emerg, alert, crit, error, warn, notice, info, debug: "
                      "\"{}\"",
                      quoted_start(value)));
    scope.min_level = *level;
    return std::nullopt;
  }
  if (name == "all") {
    if (value != "1" && value != "0") return validation_error("\"all\" must be 1, or absent");
    all = value == "1";
    return std::nullopt;
  }
  return validation_error(
      fmt::format("there is no parameter \"{}\": there are before, facility, level and all",
                  quoted_start(name)));
}

HttpError unavailable_now(std::string message) {
  return {.status = 503,
          .message = std::move(message),
          .type = "HTTPError",
          .retry_after = kRetryDelete};
}

void answer_delete(HttpReply& reply, const Result<CutoffReply>& told) {
  if (!told.ok()) {
    reply.send_error(unavailable_now(fmt::format(
        "The collector does not answer: {}. It may still delete; asking again does no harm",
        told.status().message())));
  } else if (told->unsupported) {
    reply.send_error(http_error(
        501,
        fmt::format("Events are deleted by the collector that keeps them, and the control address "
                    "this server was given (--record-ids) is not its: {}",
                    told->error)));
  } else if (!told->error.empty()) {
    reply.send_error(unavailable_now("The collector did not delete: " + told->error));
  } else {
    reply.send(
        HttpResponse::json(200, fmt::format(R"({{"deleted": {}}})", told->hidden.value_or(0))));
  }
}

}  // namespace

std::optional<HttpError> read_eventlog_delete(const HttpPairs& query, std::optional<int> days,
                                              WallTime now, CutoffRequest& request) {
  CutoffScope& scope = request.scope;
  bool all = false;
  std::set<std::string> seen;
  for (const auto& [name, value] : query) {
    // To guess which one is meant would delete what was not.
    if (!seen.insert(name).second)
      return validation_error(fmt::format("\"{}\" is given twice", quoted_start(name)));
    if (auto error = read_parameter(name, value, scope, all)) return error;
  }
  if (all && scope.before) return validation_error("\"before\" and \"all\" exclude each other");
  if (all || scope.before) return std::nullopt;
  if (!days)
    return validation_error(
        "there is no limit of retention (LOGGER_RETENTION_DAYS): name \"before\", or all=1");
  scope.before = to_seconds(now) - *days * kDeleteDaySeconds;
  return std::nullopt;
}

HttpHandler eventlog_delete(ApiContext& context) {
  auto days = logger_retention_days();
  if (!days.ok()) context.refuse(days.status());
  const std::optional<int> limit = days.ok() ? *days : std::nullopt;
  return authorized(
      context, Api::kEventlog, Role::kAdmin,
      [&context, limit, scope = logger_scope(context.types)](
          const HttpRequest& request, HttpReply reply, const AuthDecision& decision,
          const std::shared_ptr<const AuthPolicy>&) -> std::unique_ptr<BodyReader> {
        // A signature is of an event, and there is none.
        if (decision.outcome != AuthDecision::Outcome::kAllowed) {
          reply.send_error(http_error(401, "a signature does not permit this"));
          return nullptr;
        }
        CutoffRequest wanted;
        wanted.scope = scope;
        if (auto error =
                read_eventlog_delete(request.query(), limit, context.clock.wall(), wanted)) {
          reply.send_error(*error);
          return nullptr;
        }
        if (context.cutoffs == nullptr) {
          reply.send_error(http_error(501, "This server knows no collector that could delete"));
          return nullptr;
        }
        auto waiting = std::make_shared<HttpReply>(std::move(reply));
        context.cutoffs->ask(
            wanted, [waiting](const Result<CutoffReply>& told) { answer_delete(*waiting, told); });
        return nullptr;
      });
}

}  // namespace ox
