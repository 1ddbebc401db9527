#include "oxctl/node_status.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "oxctl/printable.h"
#include "proto/event_view.h"

namespace ox {
namespace {

std::string text_of(const msgpack::object& value) {
  if (auto text = as_text(value)) return printable(*text);
  if (auto number = as_uint(value)) return std::to_string(*number);
  if (auto number = as_number(value)) return fmt::format("{}", *number);
  return "";
}

std::optional<std::uint64_t> uint_of(const msgpack::object& value) {
  if (auto whole = as_uint(value)) return whole;
  auto number = as_number(value);
  if (!number || !(*number >= 0) || !(*number < 18e18)) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<double> number_of(const msgpack::object& map, std::string_view key) {
  auto number = find_number(map, key);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

void each_pair(const msgpack::object* map,
               const std::function<void(const std::string&, const msgpack::object&)>& f) {
  if (map == nullptr || map->type != msgpack::type::MAP) return;
  for (std::uint32_t i = 0; i < map->via.map.size; ++i)
    f(text_of(map->via.map.ptr[i].key), map->via.map.ptr[i].val);
}

void each_element(const msgpack::object* array,
                  const std::function<void(const msgpack::object&)>& f) {
  if (array == nullptr || array->type != msgpack::type::ARRAY) return;
  for (std::uint32_t i = 0; i < array->via.array.size; ++i) f(array->via.array.ptr[i]);
}

// nullptr unless there is a map under `key`.
const msgpack::object* find_map(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value != nullptr && value->type == msgpack::type::MAP ? value : nullptr;
}

std::vector<Activity> activities(const msgpack::object* map) {
  std::vector<Activity> all;
  each_pair(map, [&](const std::string& name, const msgpack::object& value) {
    all.push_back({name, number_of(value, "last"), shown_uint(value, "count"),
                   shown_uint(value, "bytes"), shown_uint(value, "dropped")});
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const Activity& a, const Activity& b) { return a.name < b.name; });
  return all;
}

NodeIdentity identity(const msgpack::object& map) {
  return {shown_text(map, "id"),      shown_text(map, "name"),    shown_text(map, "host"),
          shown_text(map, "boot_id"), shown_text(map, "version"), number_of(map, "uptime"),
          shown_uint(map, "pid")};
}

SpoolStatus spool_status(const msgpack::object& map) {
  return {shown_text(map, "kind"),  shown_text(map, "path"),    shown_text(map, "policy"),
          shown_text(map, "state"), shown_text(map, "reason"),  shown_uint(map, "bytes"),
          shown_uint(map, "limit"), shown_uint(map, "batches"), shown_uint(map, "events")};
}

OutputStatus output_status(const msgpack::object& map) {
  OutputStatus output;
  output.name = shown_text(map, "name");
  output.kind = shown_text(map, "kind");
  output.target = target_text(map);
  output.state = shown_text(map, "state");
  output.reason = shown_text(map, "reason");
  output.ack_meaning = shown_text(map, "ack_meaning");
  output.node = node_label(find_key(map, "node"));
  output.pending_events = shown_uint(map, "pending_events");
  output.pending_bytes = shown_uint(map, "pending_bytes");
  output.in_flight_bytes = shown_uint(map, "in_flight_bytes");
  output.acked_events = shown_uint(map, "acked_events");
  output.maybe_duplicated = shown_uint(map, "maybe_duplicated");
  output.skipped_events = shown_uint(map, "skipped_events");
  output.lag = number_of(map, "lag");
  return output;
}

PeerStatus peer_status(const msgpack::object& map) {
  return {shown_text(map, "node_id"), shown_text(map, "name"),   shown_text(map, "host"),
          shown_uint(map, "batches"), shown_uint(map, "events"), shown_uint(map, "bytes"),
          shown_uint(map, "window"),  number_of(map, "last")};
}

}  // namespace

std::string shown_text(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value == nullptr ? "" : text_of(*value);
}

std::string target_text(const msgpack::object& output) {
  const msgpack::object* optional = find_key(output, "optional");
  const bool may_miss =
      optional != nullptr && optional->type == msgpack::type::BOOLEAN && optional->via.boolean;
  return shown_text(output, "target") + (may_miss ? ",optional" : "");
}

std::optional<std::uint64_t> shown_uint(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value == nullptr ? std::nullopt : uint_of(*value);
}

std::string node_label(const msgpack::object* node) {
  if (node == nullptr) return "";
  if (node->type != msgpack::type::MAP) return text_of(*node);
  const std::string name = shown_text(*node, "name");
  const std::string id = shown_text(*node, "id");
  if (name.empty() || id.empty()) return name + id;
  return fmt::format("{} ({})", name, id);
}

bool output_in_trouble(std::string_view state) {
  return state != "connected" && state != "ok" && state != "standby" && !state.empty();
}

bool spool_in_trouble(std::string_view state) { return state != "ok" && !state.empty(); }

Loss loss_of_counter(std::string_view name) {
  while (!name.empty()) {
    const std::size_t end = name.find_first_of("._");
    const std::string_view word = name.substr(0, end);
    if (word == "rejected" || word == "refused") return Loss::kRejected;
    if (word == "dropped" || word == "discarded" || word == "lost" || word == "overflow" ||
        word == "skipped")
      return Loss::kDropped;
    if (word == "failed" || word == "failures" || word == "errors" || word == "corrupt")
      return Loss::kFailed;
    if (end == std::string_view::npos) break;
    name.remove_prefix(end + 1);
  }
  return Loss::kNone;
}

NodeStatus NodeStatus::of(const msgpack::object& reply) {
  NodeStatus status;
  status.last = number_of(reply, "last");
  status.lag = number_of(reply, "lag");
  status.types = activities(find_key(reply, "events"));
  status.hosts = activities(find_key(reply, "hosts"));
  if (const msgpack::object* node = find_map(reply, "node")) status.node = identity(*node);
  each_pair(find_key(reply, "ports"), [&](const std::string& name, const msgpack::object& value) {
    status.ports.emplace_back(name, text_of(value));
  });
  each_element(find_key(reply, "warnings"), [&](const msgpack::object& value) {
    if (std::string text = text_of(value); !text.empty()) status.warnings.push_back(text);
  });
  each_pair(find_key(reply, "counters"),
            [&](const std::string& name, const msgpack::object& value) {
              if (auto count = uint_of(value)) status.counters.emplace_back(name, *count);
            });
  std::sort(status.counters.begin(), status.counters.end());
  if (const msgpack::object* spool = find_map(reply, "spool")) status.spool = spool_status(*spool);
  each_element(find_key(reply, "outputs"), [&](const msgpack::object& value) {
    if (value.type == msgpack::type::MAP) status.outputs.push_back(output_status(value));
  });
  each_element(find_key(reply, "peers"), [&](const msgpack::object& value) {
    if (value.type == msgpack::type::MAP) status.peers.push_back(peer_status(value));
  });
  if (const msgpack::object* streams = find_map(reply, "streams"))
    status.streams =
        StreamStatus{shown_uint(*streams, "subscribers"), shown_uint(*streams, "dropped")};
  return status;
}

std::optional<std::uint64_t> NodeStatus::total(Loss loss) const {
  if (counters.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counters) {
    if (loss_of_counter(name) != loss) continue;
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - sum;
    sum += std::min(count, room);
  }
  return sum;
}

}  // namespace ox
