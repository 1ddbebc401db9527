#include "common/read/api/oxd/event_fields.h"

#include <array>
#include <utility>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kBodyPrefix = "body.";

std::array<std::pair<std::string_view, RawValue>, 6> head_of(const EventSlices& event) {
  return {{{"id", event.id},
           {"type", event.type},
           {"host", event.host},
           {"pid", event.pid},
           {"start", event.start},
           {"end", event.end}}};
}

void walk(RawValue map, std::string& name, int depth,
          const std::function<void(std::string_view, RawValue)>& each) {
  const std::size_t size = name.size();
  for (const RawMap::Entry& entry : RawMap(map)) {
    if (entry.name.empty()) continue;
    name += entry.name;
    if (entry.value.is_map() && depth < kFieldDepth) {
      name += '.';
      walk(entry.value, name, depth + 1, each);
    } else {
      each(name, entry.value);
    }
    name.resize(size);
  }
}

}  // namespace

void for_each_field(const EventSlices& event,
                    const std::function<void(std::string_view name, RawValue value)>& each) {
  for (const auto& [name, value] : head_of(event))
    if (value.valid()) each(name, value);
  std::string name(kBodyPrefix);
  walk(event.body, name, 0, each);
}

std::optional<std::string> field_text(const EventSlices& event, std::string_view name) {
  std::optional<std::string> out;
  for_each_field(event, [&](std::string_view found, RawValue value) {
    if (!out && found == name) out = value_text(value);
  });
  return out;
}

std::string value_text(RawValue value) {
  if (auto text = value.as_text()) return std::string(*text);
  std::string out;
  auto decoded = Decoded::decode(value.bytes());
  if (decoded.ok()) append_json(out, decoded->root());
  return out;
}

}  // namespace ox
