#include "common/ingest/model/plain_record.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/ingest/model/level.h"
#include "common/ingest/model/timestamp.h"
#include "proto/batch.h"

namespace ox {
namespace {

enum class Meaning : std::uint8_t {
  kEventTime,
  kEventLevel,
  kEventName,
  kEventMessage,
  kEventHost,
  kEventPid
};

// Of these names on, text may be the time of anything: of an account, of a birth.
constexpr std::uint8_t kNumbersOnly = 4;

// The names of maps whose members have a common name together with theirs: log.level.
constexpr std::array<std::string_view, 3> kParents = {"log", "host", "process"};
constexpr std::size_t kLongestName = 11;

}  // namespace

struct PlainRoles::Common {
  std::string_view key;
  Meaning meaning;
  std::uint8_t rank;  // of several names for one thing, the lowest counts
};

namespace {

// Tells nearly all common names apart by their first letter and their length: this is asked for
// every key of every record.
constexpr std::size_t kPlainSlots = 128;
constexpr std::size_t plain_slot(std::string_view key) {
  return (static_cast<unsigned char>(key.front()) * 5U + key.size() * 11U) % kPlainSlots;
}

}  // namespace

const PlainRoles::Common* PlainRoles::find_common(std::string_view key) {
  static constexpr auto kNames = std::to_array<Common>({
      {"@timestamp", Meaning::kEventTime, 0},  {"timestamp", Meaning::kEventTime, 1},
      {"time", Meaning::kEventTime, 2},        {"ts", Meaning::kEventTime, 3},
      {"created", Meaning::kEventTime, 4},     {"date", Meaning::kEventTime, 5},
      {"level", Meaning::kEventLevel, 0},      {"levelname", Meaning::kEventLevel, 1},
      {"severity", Meaning::kEventLevel, 2},   {"log_level", Meaning::kEventLevel, 3},
      {"loglevel", Meaning::kEventLevel, 4},   {"log.level", Meaning::kEventLevel, 5},
      {"lvl", Meaning::kEventLevel, 6},        {"levelno", Meaning::kEventLevel, 7},
      {"name", Meaning::kEventName, 0},        {"logger", Meaning::kEventName, 1},
      {"logger_name", Meaning::kEventName, 2}, {"log.logger", Meaning::kEventName, 3},
      {"message", Meaning::kEventMessage, 0},  {"msg", Meaning::kEventMessage, 1},
      {"log", Meaning::kEventMessage, 2},      {"event", Meaning::kEventMessage, 3},
      {"host", Meaning::kEventHost, 0},        {"hostname", Meaning::kEventHost, 1},
      {"host.name", Meaning::kEventHost, 2},   {"pid", Meaning::kEventPid, 0},
      {"process.pid", Meaning::kEventPid, 1},  {"process", Meaning::kEventPid, 2},
  });
  // By slot the names in it, one behind the other; index + 1, 0 for none.
  static constexpr auto kSlots = [] {
    std::array<std::array<std::uint8_t, 4>, kPlainSlots> slots{};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      auto& slot = slots[plain_slot(kNames[i].key)];
      std::size_t at = 0;
      while (slot[at] != 0) ++at;  // a fifth name in a slot does not compile
      slot[at] = static_cast<std::uint8_t>(i + 1);
    }
    return slots;
  }();
  if (key.size() < 2 || key.size() > kLongestName) return nullptr;
  for (std::uint8_t index : kSlots[plain_slot(key)]) {
    if (index == 0) return nullptr;
    const Common& name = kNames[index - 1U];
    if (name.key.front() == key.front() && name.key == key) return &name;
  }
  return nullptr;
}

PlainRoles::PlainRoles(bool keep_time) {
  if (keep_time) best_[static_cast<std::size_t>(Meaning::kEventTime)] = 0;
}

void PlainRoles::take(const RawMap::Entry& entry) {
  if (const Common* common = find_common(entry.name);
      common != nullptr && take_as(*common, entry.value)) {
    const std::string_view value = entry.value.bytes();
    spans_[moved_++] = {entry.key.bytes().data(), value.data() + value.size()};
  }
  // Asked in this order, as nearly every key has another length.
  if (entry.name.size() < 3 || entry.name.size() > 7) return;
  if (std::find(kParents.begin(), kParents.end(), entry.name) == kParents.end()) return;
  if (entry.value.is_map()) take_within(entry);
}

void PlainRoles::take_within(const RawMap::Entry& parent) {
  for (const RawMap::Entry& entry : RawMap(parent.value)) {
    std::array<char, kLongestName> path;
    const std::size_t size = parent.name.size() + 1 + entry.name.size();
    if (size > path.size()) continue;
    char* end_of_path = std::copy(parent.name.begin(), parent.name.end(), path.data());
    *end_of_path++ = '.';
    std::copy(entry.name.begin(), entry.name.end(), end_of_path);
    if (const Common* common = find_common({path.data(), size})) take_as(*common, entry.value);
  }
}

// True when it stands in the event under the very name it came with.
bool PlainRoles::take_as(const Common& common, RawValue value) {
  const std::size_t slot = static_cast<std::size_t>(common.meaning);
  if (common.rank >= best_[slot] || !fits(common, value)) return false;
  best_[slot] = common.rank;
  return common.rank == 0 && common.meaning != Meaning::kEventTime;
}

// Whether the value is one for its role; then it is set.
bool PlainRoles::fits(const Common& common, RawValue value) {
  const auto text = value.as_text();
  switch (common.meaning) {
    case Meaning::kEventTime: {
      if (common.rank >= kNumbersOnly && text) return false;
      const auto at = timestamp_from(value);
      if (at.ok()) end = at->seconds;
      return at.ok();
    }
    case Meaning::kEventLevel: {
      const auto found = level_from(value, LevelScale::kPython);
      if (!found) return false;
      level = *found;
      level_token = value;
      return true;
    }
    case Meaning::kEventName:
      if (!text || text->empty()) return false;
      name = *text;
      return true;
    case Meaning::kEventMessage:
      if (!text) return false;
      message = *text;
      return true;
    case Meaning::kEventHost:
      if (!text || text->empty() || text->size() > kMaxNameBytes) return false;
      host = *text;
      return true;
    case Meaning::kEventPid: {
      const auto found = value.as_uint();
      if (found) pid = *found;
      return found.has_value();
    }
  }
  return false;
}

bool PlainRoles::has_moved(RawValue value) const {
  const std::string_view bytes = value.bytes();
  for (std::size_t i = 0; i < moved_; ++i)
    if (spans_[i].end == bytes.data() + bytes.size()) return true;
  return false;
}

void fill_plain_event(RawValue record, ForeignEvent& event, bool keep_time) {
  PlainRoles roles(keep_time);
  for (const RawMap::Entry& entry : RawMap(record)) roles.take(entry);
  if (roles.end) event.end = *roles.end;
  if (roles.level) event.set_level(*roles.level, roles.level_token);
  if (roles.name) event.name = *roles.name;
  if (roles.message) event.message = *roles.message;
  if (roles.host) event.host = *roles.host;
  if (roles.pid) event.pid = *roles.pid;
  for (const RawMap::Entry& entry : RawMap(record))
    if (!roles.has_moved(entry.value)) event.add(entry);
}

}  // namespace ox
