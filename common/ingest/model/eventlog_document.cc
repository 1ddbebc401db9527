#include "common/ingest/model/eventlog_document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "common/base/ascii.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/timestamp.h"
#include "proto/batch.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kFields = "fields";
constexpr std::string_view kMetrics = "metrics";
constexpr std::string_view kExtra = "extra";
constexpr std::string_view kExcInfo = "exc_info";
constexpr std::string_view kLoggerTarget = "logger:";
constexpr std::string_view kUnnamed = "event";
constexpr double kLastOldVersion = 0.9;
constexpr std::int64_t kHighestOldLevel = 4;
constexpr std::size_t kExcInfoParts = 3;  // type, value, traceback

// What the library's versions send at the top of an event, beside what is looked at here; the last
// three are those of its latest.
bool is_plain_key(std::string_view key) {
  static constexpr std::array<std::string_view, 23> kPlain = {
      "tstamp",  "version",  "host",     "site",     "cluster",  "pid",    "target", "tgType",
      "value",   "duration", "codeFile", "codeLine", "codeFunc", "action", "reqId",  "user",
      "session", "labels",   kExcInfo,   "eid",      "server",   "http",   "log"};
  return std::find(kPlain.begin(), kPlain.end(), key) != kPlain.end();
}

std::optional<double> number_of(RawValue value) {
  if (auto number = value.as_number()) return number;
  const auto text = value.as_text();
  if (!text) return std::nullopt;
  const std::string_view word = trimmed(*text);
  double number = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// A level that is a number without a fraction.
std::optional<std::int64_t> level_number(RawValue value) {
  if (auto integer = value.as_int()) return integer;
  const auto number = number_of(value);
  if (!number || std::fabs(*number) > 1000 || *number != std::trunc(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

bool is_tags(RawValue value) { return value.kind() == RawValue::Kind::kText || value.is_array(); }

}  // namespace

std::optional<int> eventlog_level(std::int64_t number, RawValue version) {
  bool old_version = number != 0;  // without one: no level of Python's is that low
  if (auto known = number_of(version)) {
    old_version = *known <= kLastOldVersion || version.as_int() == 1;
  } else if (version.is_array() || version.is_map()) {
    old_version = false;  // [0, 1]
  }
  const bool old_scale = number < 0 || (old_version && number <= kHighestOldLevel);
  return level_from_number(number, old_scale ? LevelScale::kEventlogOld : LevelScale::kPython);
}

// What is looked at.
struct EventlogDocument::Keys {
  RawValue name, action, tstamp, version, level, message, target, host, pid, server, log, exc_info;
  bool has_tags = false;

  RawValue within_server(std::string_view key) const {
    return server.find(key).value_or(RawValue());
  }

  void find(RawValue map) {
    for (const RawMap::Entry& entry : RawMap(map)) {
      if (RawValue* place = place_of(entry.name); place != nullptr && !place->valid())
        *place = entry.value;
      if (entry.name == "tags") has_tags = true;
    }
  }

 private:
  RawValue* place_of(std::string_view key) {
    if (key == "name") return &name;
    if (key == "action") return &action;
    if (key == "tstamp") return &tstamp;
    if (key == "version") return &version;
    if (key == "level") return &level;
    if (key == "message") return &message;
    if (key == "target") return &target;
    if (key == "host") return &host;
    if (key == "pid") return &pid;
    if (key == "server") return &server;
    if (key == "log") return &log;
    if (key == kExcInfo) return &exc_info;
    return nullptr;
  }
};

Status EventlogDocument::fill(RawValue map, ForeignEvent& event, std::string_view fallback_name) {
  if (!map.is_map()) return Status(Code::kInvalid, "an event must be an object");
  texts_.clear();
  moved_.clear();
  Keys keys;
  keys.find(map);
  exc_info_ = keys.exc_info;
  fill_head(keys, event, fallback_name);
  fill_level(keys, event);
  for (const RawMap::Entry& entry : RawMap(map)) {
    const std::string_view key = entry.name;
    if (has_moved(entry.value)) continue;
    if (key == kFields || key == kMetrics) {
      if (entry.value.is_nil()) continue;
      if (add_pairs(entry.value, key, event)) continue;
    } else if (key == "tags" && is_tags(entry.value)) {
      add_tags(entry.value, event);
      continue;
    } else if (!key.empty() && (is_plain_key(key) || key == "name" || key == "message")) {
      event.add(entry);
      if (key == "labels" && !keys.has_tags && is_tags(entry.value)) add_tags(entry.value, event);
      continue;
    }
    event.add(entry, event.section(kExtra));
  }
  add_error(event);
  return ok_status();
}

void EventlogDocument::fill_head(const Keys& keys, ForeignEvent& event,
                                 std::string_view fallback_name) {
  auto text_of = [](RawValue value) { return value.as_text().value_or(std::string_view()); };
  event.name = text_of(keys.name);
  if (!event.name->empty()) moves(keys.name);
  if (event.name->empty()) event.name = text_of(keys.action);
  if (event.name->empty()) event.name = fallback_name.empty() ? kUnnamed : fallback_name;
  if (auto message = keys.message.as_text()) {
    event.message = *message;
    moves(keys.message);
  }
  if (auto at = timestamp_from(keys.tstamp); at.ok()) event.end = at->seconds;
  const RawValue host = keys.host.valid() ? keys.host : keys.within_server("host");
  if (auto text = text_of(host); !text.empty() && text.size() <= kMaxNameBytes) {
    event.host = text;
    moves(keys.host);
  }
  const RawValue pid = keys.pid.valid() ? keys.pid : keys.within_server("pid");
  if (auto number = pid.as_uint()) {
    event.pid = *number;
    moves(keys.pid);
  }
  const std::string_view target = text_of(keys.target);
  if (target.starts_with(kLoggerTarget) && target.size() > kLoggerTarget.size())
    event.add_text("logger", target.substr(kLoggerTarget.size()));
}

void EventlogDocument::fill_level(const Keys& keys, ForeignEvent& event) {
  const bool is_log = event.name == "python_log" || event.name == "log";
  const int usual = is_log ? kLevelInfo : kLevelNotSet;
  const RawValue token =
      keys.level.valid() ? keys.level : keys.log.find("level").value_or(keys.level);
  if (!token.valid() || token.is_nil()) {
    event.set_level(usual);
    return;
  }
  moves(keys.level);
  const auto number = level_number(token);
  const auto level =
      number ? eventlog_level(*number, keys.version) : level_from(token, LevelScale::kPython);
  event.set_level(level.value_or(usual), token);
}

bool EventlogDocument::has_moved(RawValue value) const {
  return std::find(moved_.begin(), moved_.end(), value.bytes().data()) != moved_.end();
}

// The forms that a map of fields has; false, with nothing added, when it is none of them.
bool EventlogDocument::add_pairs(RawValue value, std::string_view section, ForeignEvent& event) {
  if (value.is_map()) {
    const auto within = event.section(section);
    for (const RawMap::Entry& entry : RawMap(value)) add_key(entry.key, entry.value, within, event);
    return true;
  }
  if (!value.is_array()) return false;
  // [key, value], {key, value}, or {name, sval | ival | fval | bval}: the key, and the value.
  struct Pair {
    RawValue key;
    RawValue value;
  };
  auto pair_of = [](RawValue element) -> std::optional<Pair> {
    if (element.size() != 2) return std::nullopt;
    Pair pair;
    if (element.is_array()) {
      auto part = RawArray(element).begin();
      pair.key = *part;
      pair.value = *++part;
    } else {
      for (const RawMap::Entry& entry : RawMap(element)) {
        if (entry.name == "key" || entry.name == "name") pair.key = entry.value;
        if (entry.name == "value" || entry.name == "sval" || entry.name == "ival" ||
            entry.name == "fval" || entry.name == "bval")
          pair.value = entry.value;
      }
    }
    const bool good =
        pair.key.valid() && pair.value.valid() && !pair.key.is_array() && !pair.key.is_map();
    return good ? std::optional(pair) : std::nullopt;
  };
  for (RawValue element : RawArray(value))
    if (!pair_of(element)) return false;
  const auto within = event.section(section);
  for (RawValue element : RawArray(value)) {
    const auto pair = pair_of(element);
    add_key(pair->key, pair->value, within, event);
  }
  return true;
}

void EventlogDocument::add_key(RawValue key, RawValue value, ForeignEvent::Section section,
                               ForeignEvent& event) {
  if (auto text = key.as_text()) {
    if (*text == kExcInfo && !exc_info_.valid()) exc_info_ = value;
    event.add(*text, value, section);
    return;
  }
  std::string text;
  auto decoded = Decoded::decode(key.bytes());
  if (decoded.ok()) append_json(text, decoded->root());
  event.add(keep(std::move(text)), value, section);
}

// One text is a list of one.
void EventlogDocument::add_tags(RawValue value, ForeignEvent& event) {
  if (value.kind() != RawValue::Kind::kText) {
    event.add("tags", value);
    return;
  }
  std::string list;
  pack_array_header(list, 1);
  list.append(value.bytes());
  event.add("tags", RawValue(keep(std::move(list))));
}

// The text of a JSON list: type, value, traceback.
void EventlogDocument::add_error(ForeignEvent& event) {
  thread_local JsonInput json;
  const auto text = exc_info_.as_text();
  if (!text || !trimmed(*text).starts_with('[')) return;
  std::string packed;
  if (!json.append(*text, packed).ok() || RawValue(packed).size() != kExcInfoParts) return;
  const RawValue parts{keep(std::move(packed))};
  const auto section = event.section("error");
  static constexpr std::array<std::string_view, kExcInfoParts> kNames = {"type", "value", "trace"};
  std::size_t i = 0;
  for (RawValue part : RawArray(parts)) event.add(kNames[i++], part, section);
}

}  // namespace ox
