#include "common/read/api/pbu.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/pbu/pbu_settings.h"
#include "common/ingest/model/level.h"
#include "common/read/api/logger/period.h"
#include "common/read/api/pbu/pbu_message.h"
#include "common/read/api/read_handler.h"
#include "common/read/store_reader.h"
#include "common/read/time_zone.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::size_t kMostMessageBytes = 64u << 20;

// Of all events of a level: the lowest.
std::optional<int> lowest_level(PbuLevel level) {
  switch (level) {
    case PbuLevel::kDebug:
      return std::nullopt;
    case PbuLevel::kInfo:
      return kLevelInfo;
    case PbuLevel::kWarning:
      return kLevelWarning;
    case PbuLevel::kError:
      return kLevelError;
  }
  return std::nullopt;
}

// "2024-09-02".
std::optional<std::chrono::year_month_day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-') return std::nullopt;
  auto day = LoggerPeriod::parse(LoggerPeriod::Unit::kDay, text);
  if (!day.ok()) return std::nullopt;
  return std::chrono::year_month_day(
      std::chrono::sys_days(std::chrono::floor<std::chrono::days>(day->start)));
}

HttpError invalid_request(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "invalid_request"};
}

class PbuReading {
 public:
  PbuReading(ReadContext& context, const PbuSettings& settings)
      : context_(context), types_(context.types_of("pbu")) {
    for (PbuLevel level : settings.in_order) {
      levels_ += levels_.empty() ? "\"" : ", \"";
      levels_ += pbu_level_name(level, PbuLayout::kDated);
      levels_ += '"';
    }
  }

  HttpResponse login() const {
    return HttpResponse::json(200, R"({"logLevels": [)" + levels_ + "]}\n");
  }

  void messages(ScanJob& job) const {
    const HttpPairs query = job.request().query();
    const std::string* date = find_pair(query, "date");
    const std::string* level_name = find_pair(query, "level");
    const std::string* zone_name = find_pair(query, "timezone");
    if (date == nullptr || level_name == nullptr)
      return refuse(job, invalid_request(
                             fmt::format("\"{}\" is missing", date == nullptr ? "date" : "level")));
    const auto day = parse_day(*date);
    if (!day)
      return refuse(job, invalid_request(fmt::format("\"date\" must be YYYY-MM-DD: '{}'",
                                                     date->substr(0, 64))));
    auto zone = TimeZone::find(zone_name == nullptr || zone_name->empty() ? "UTC" : *zone_name);
    if (zone.status().code() == Code::kUnavailable)
      return refuse(job, {.status = 500, .message = zone.status().message()});
    if (!zone.ok()) return refuse(job, invalid_request(zone.status().message()));
    const auto level = parse_pbu_level(*level_name);
    if (!level) {
      job.reply().send(json_answer(job.request(), "[]\n"));
      return;
    }
    EventSelection wanted;
    wanted.conditions.types = types_;
    wanted.conditions.since = static_cast<double>(zone->start_of(*day).count());
    const std::chrono::year_month_day next(std::chrono::sys_days(*day) + std::chrono::days(1));
    wanted.conditions.until = static_cast<double>(zone->start_of(next).count());
    wanted.conditions.until_exclusive = true;
    wanted.conditions.min_level = lowest_level(*level);
    find(job, wanted, *level);
  }

 private:
  static void refuse(ScanJob& job, const HttpError& error) { job.reply().send_error(error); }

  void find(ScanJob& job, const EventSelection& wanted, PbuLevel level) const {
    auto reader = StoreReader::open(context_, job);
    if (!reader.ok()) return refuse(job, read_error(reader.status(), job));
    std::vector<std::pair<WallTime, std::string>> found;
    std::size_t bytes = 0;
    Status status = reader->for_each(
        wanted, [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
          const auto message = PbuMessage::of(slices);
          if (!message || message->level != level) return true;
          auto& [time, json] = found.emplace_back(message->time, std::string());
          message->append_json(json);
          bytes += json.size();
          if (bytes > kMostMessageBytes)
            return Status(Code::kTooLarge, fmt::format("The messages of this day take more than {}",
                                                       format_size(kMostMessageBytes)));
          return true;
        });
    if (!status.ok()) return refuse(job, read_error(status, job));
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string body = "[";
    for (const auto& [time, json] : found) {
      if (body.size() > 1) body += ", ";
      body += json;
    }
    HttpResponse out = json_answer(job.request(), body + "]\n");
    out.header("Cache-Control", "no-cache");
    job.reply().send(std::move(out));
  }

  ReadContext& context_;
  const std::vector<TypePattern> types_;
  std::string levels_;  // of a JSON list
};

}  // namespace

void mount_pbu_reading(HttpRouter& router, ReadContext& context) {
  auto settings = PbuSettings::read(context.variable, context.profiles.contains("pbu"));
  if (!settings.ok()) return context.refuse(settings.status());
  auto api = std::make_shared<const PbuReading>(context, *settings);
  router.mount()
      .add("GET", "/api/log/messages",
           reading(context, Api::kPbu, needs_reader, [api](ScanJob& job) { api->messages(job); }))
      .add("GET", "/api/login-check",
           authorized(context.auth, context.slow_lane, Api::kPbu, needs_reader,
                      [api](const HttpRequest&, HttpReply reply, const AuthDecision&,
                            const std::shared_ptr<const AuthPolicy>&) {
                        reply.send(api->login());
                        return nullptr;
                      }));
}

}  // namespace ox
