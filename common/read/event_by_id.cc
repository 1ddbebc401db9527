#include "common/read/event_by_id.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "proto/record_id.h"

namespace ox {
namespace {

// An id's time is about when its record came; where it is not found around that, everywhere.
constexpr Micros kIdAhead = std::chrono::hours(2);
constexpr Micros kIdBehind = std::chrono::hours(2);

// "007" is a record's number 7, but else a text.
std::optional<std::uint64_t> id_number(std::string_view text, IdKind kind) {
  std::uint64_t out = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, out);
  if (error != std::errc() || end != last) return std::nullopt;
  if (kind == IdKind::kAny && text.size() > 1 && text.front() == '0') return std::nullopt;
  return out;
}

}  // namespace

bool has_id(const RawValue& value, std::string_view id, IdKind kind) {
  if (kind == IdKind::kAny && value.as_text() == id) return true;
  const auto number = id_number(id, kind);
  return number && value.as_uint() == number;
}

Result<std::optional<PlacedEvent>> event_by_id(StoreReader& reader, EventSelection selection,
                                               std::string_view id, IdKind kind) {
  std::optional<PlacedEvent> out;
  const auto number = id_number(id, kind);
  if (!number && kind == IdKind::kRecord) return out;
  selection.conditions.words.push_back(number ? std::to_string(*number) : std::string(id));
  if (!number) selection.conditions.needles.emplace_back(id);
  auto look = [&](const ScanOptions& where) {
    return reader.for_each(
        selection,
        [&](std::string_view event, const EventSlices& slices,
            const LogPlace& place) -> Result<bool> {
          const bool same = has_id(slices.id, id, kind);
          if (same) out = PlacedEvent{std::string(event), place};
          return !same;
        },
        where);
  };
  if (number) {
    ScanOptions around;
    around.first = record_id_time(*number) - kIdAhead;
    around.last = record_id_time(*number) + kIdBehind;
    OX_RETURN_IF_ERROR(look(around));
  }
  if (!out) OX_RETURN_IF_ERROR(look({}));
  return out;
}

}  // namespace ox
