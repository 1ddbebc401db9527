#include "tests/bench/workload.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::size_t kDistinct = 4096;  // events, at least
constexpr std::uint64_t kSeed = 20'170'714;
constexpr double kBegin = 1'500'000'000;

// mt19937_64 gives the same numbers everywhere; the standard's distributions do not.
class Dice {
 public:
  std::uint64_t below(std::uint64_t n) { return rng_() % n; }
  template <typename List>
  const auto& one_of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937_64 rng_{kSeed};
};

constexpr std::array kMethods = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
constexpr std::array kStatuses = {200U, 200U, 200U, 200U, 200U, 304U, 302U, 404U, 500U};
constexpr std::array kAgents = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 ",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 ",
    "curl/7.88.1 ", "python-requests/2.28.1 "};
constexpr std::array kWords = {
    "order ",   "was ",     "not ",     "found ",     "in ",      "cache ",    "retried ", "after ",
    "timeout ", "of ",      "the ",     "upstream ",  "customer", " 4711 ",    "payment ", "is ",
    "done ",    "session ", "expired ", "queue= 17 ", "host ",    "answered ", "with ",    "503 "};
constexpr std::array kLevels = {20U, 20U, 20U, 20U, 10U, 30U, 40U};
constexpr std::array kLoggers = {"app.db", "app.http", "app.auth", "app.mail", "worker"};
constexpr std::array kTags = {"region=eu,", "zone=b,",  "shard=12,",
                              "env=prod,",  "rack=r7,", "build=2231,"};
constexpr std::array kErrors = {"KeyError", "ValueError", "TimeoutError", "OperationalError"};
constexpr std::array kModules = {"views",           "models",  "session",
                                 "middleware/auth", "db/pool", "serializers"};
constexpr std::array kFunctions = {"get", "dispatch", "execute", "resolve", "__call__", "load"};

// The text at the end of an event that makes it as long as it is to be.
std::string prose(WorkloadKind kind, std::size_t size, Dice& dice) {
  std::string out;
  while (out.size() < size) {
    switch (kind) {
      case WorkloadKind::kWeb:
        out += dice.one_of(kAgents);
        break;
      case WorkloadKind::kJson:
        out += dice.one_of(kWords);
        break;
      case WorkloadKind::kCounter:
        out += dice.one_of(kTags);
        break;
      case WorkloadKind::kTraceback:
        if (out.empty()) out = "Traceback (most recent call last):\n";
        out += fmt::format("  File \"/srv/app/{}.py\", line {}, in {}\n    return self.{}({})\n",
                           dice.one_of(kModules), dice.below(900), dice.one_of(kFunctions),
                           dice.one_of(kFunctions), dice.one_of(kWords));
        break;
    }
  }
  out.resize(size);
  return out;
}

// How long that text is in events that may be as long as they are.
std::size_t usual_prose(WorkloadKind kind, Dice& dice) {
  switch (kind) {
    case WorkloadKind::kWeb:
      return 60 + dice.below(80);
    case WorkloadKind::kJson:
      return 40 + dice.below(160);
    case WorkloadKind::kCounter:
      return dice.below(30);
    case WorkloadKind::kTraceback:
      return 800 + dice.below(1600);
  }
  return 0;
}

void put_field(std::string& out, std::string_view key, std::string_view text) {
  pack_text(out, key);
  pack_text(out, text);
}

void put_field(std::string& out, std::string_view key, std::uint64_t number) {
  pack_text(out, key);
  pack_uint(out, number);
}

// The body up to the key of its last field, which is that text.
void put_body(std::string& out, WorkloadKind kind, Dice& dice) {
  pack_text(out, "body");
  switch (kind) {
    case WorkloadKind::kWeb:
      pack_map_header(out, 5);
      put_field(out, "method", dice.one_of(kMethods));
      put_field(out, "uri", fmt::format("/item/{}", dice.below(3000)));
      put_field(out, "status", dice.one_of(kStatuses));
      put_field(out, "size", 300 + dice.below(60'000));
      pack_text(out, "agent");
      break;
    case WorkloadKind::kJson:
      pack_map_header(out, 4);
      put_field(out, "level", dice.one_of(kLevels));
      put_field(out, "name", dice.one_of(kLoggers));
      put_field(out, "user", fmt::format("user{}", dice.below(5000)));
      pack_text(out, "message");
      break;
    case WorkloadKind::kCounter:
      pack_map_header(out, 3);
      put_field(out, "name", fmt::format("requests.{}", dice.below(40)));
      put_field(out, "count", dice.below(100'000));
      pack_text(out, "tags");
      break;
    case WorkloadKind::kTraceback:
      pack_map_header(out, 3);
      put_field(out, "level", 40U);
      put_field(out, "exception", dice.one_of(kErrors));
      pack_text(out, "traceback");
      break;
  }
}

std::string start_event(const std::string& type, double end, Dice& dice) {
  std::string out;
  pack_map_header(out, 7);
  put_field(out, "id", fmt::format("{:016x}{:016x}", dice.below(~0ULL), dice.below(~0ULL)));
  put_field(out, "type", type);
  put_field(out, "host", Workload::kHost);
  put_field(out, "pid", 1000 + dice.below(50));
  pack_text(out, "start");
  pack_double(out, end - static_cast<double>(dice.below(200)) / 1000);
  pack_text(out, "end");
  pack_double(out, end);
  return out;
}

}  // namespace

Result<Workload> Workload::make(const WorkloadOptions& options) {
  if (options.types == 0) return Status(Code::kInvalid, "there must be at least one type");
  Workload made;
  for (std::size_t t = 0; t < options.types; ++t) made.types_.push_back(fmt::format("bench{}", t));
  Dice dice;
  // Each type in turn, over the seam from the last event to the first one as well.
  const std::size_t count = options.types * ((kDistinct + options.types - 1) / options.types);
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t type = n % options.types;
    const double end = kBegin + static_cast<double>(n) / 1000;
    std::string bytes = start_event(made.types_[type], end, dice);
    put_body(bytes, options.kind, dice);
    // With a length of two bytes, however short: then every size can be had.
    constexpr std::size_t kHeader = 3;
    const std::size_t least = bytes.size() + kHeader;
    if (options.event_bytes != 0 && options.event_bytes < least)
      return Status(Code::kInvalid,
                    fmt::format("such events have more than {} bytes", options.event_bytes));
    const std::size_t size =
        options.event_bytes != 0 ? options.event_bytes - least : usual_prose(options.kind, dice);
    if (size > 0xffff) return Status(Code::kInvalid, "an event has 65,000 bytes at most");
    bytes += '\xda';
    bytes += static_cast<char>(size >> 8);
    bytes += static_cast<char>(size);
    bytes += prose(options.kind, size, dice);
    made.events_.push_back({type, end, std::move(bytes)});
  }
  return made;
}

std::uint64_t Workload::total_bytes(std::uint64_t events) const {
  std::uint64_t whole = 0;
  std::uint64_t part = 0;
  const std::uint64_t rest = events % events_.size();
  for (std::size_t i = 0; i < events_.size(); ++i) {
    whole += events_[i].bytes.size();
    if (i < rest) part += events_[i].bytes.size();
  }
  return events / events_.size() * whole + part;
}

}  // namespace ox
