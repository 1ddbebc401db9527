#include "common/read/node_report.h"

#include <iterator>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kTypesKey = "events";
constexpr std::string_view kHostsKey = "hosts";

std::uint32_t size_of(const msgpack::object* map) {
  return map != nullptr && map->type == msgpack::type::MAP ? map->via.map.size : 0;
}

// Of the values under `key` in all the maps that `map` has.
std::uint64_t sum_of(const msgpack::object* map, std::string_view key) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < size_of(map); ++i)
    if (const msgpack::object* value = find_key(map->via.map.ptr[i].val, key))
      sum += as_uint(*value).value_or(0);
  return sum;
}

std::string node_boot_id(const msgpack::object& status) {
  const msgpack::object* node = find_key(status, "node");
  return std::string(node == nullptr ? "" : find_text(*node, "boot_id").value_or(""));
}

// All but what is summed up.
void append_status(std::string& out, const msgpack::object& status) {
  out += '{';
  bool first = true;
  for (std::uint32_t i = 0; i < size_of(&status); ++i) {
    const auto& [key, value] = status.via.map.ptr[i];
    const auto name = as_text(key);
    if (!name || name == kTypesKey || name == kHostsKey) continue;
    if (!first) out += ", ";
    first = false;
    append_json_string(out, *name);
    out += ": ";
    append_json(out, value);
  }
  out += '}';
}

void append_rates(std::string& out, const NodeSample& before, const NodeSample& now) {
  const double seconds = to_seconds(now.at - before.at);
  if (now.boot_id.empty() || now.boot_id != before.boot_id || seconds <= 0 ||
      now.events < before.events || now.bytes < before.bytes)
    return;
  out += R"(, "rates": {"events": )";
  append_json_number(out, static_cast<double>(now.events - before.events) / seconds);
  out += R"(, "bytes": )";
  append_json_number(out, static_cast<double>(now.bytes - before.bytes) / seconds);
  out += R"(, "seconds": )";
  append_json_number(out, seconds);
  out += '}';
}

}  // namespace

Result<NodeReport> report_node(std::string_view address, const msgpack::object& status, MonoTime at,
                               const std::optional<NodeSample>& before) {
  const msgpack::object* types = find_key(status, kTypesKey);
  NodeReport out;
  out.sample = {at, node_boot_id(status), sum_of(types, "count"), sum_of(types, "bytes")};
  out.json = R"({"address": )";
  append_json_string(out.json, address);
  out.json += R"(, "status": )";
  append_status(out.json, status);
  fmt::format_to(
      std::back_inserter(out.json),
      R"(, "total": {{"types": {}, "hosts": {}, "events": {}, "bytes": {}, "dropped": {}}})",
      size_of(types), size_of(find_key(status, kHostsKey)), out.sample.events, out.sample.bytes,
      sum_of(types, "dropped"));
  if (before) append_rates(out.json, *before, out.sample);
  out.json += '}';
  if (out.json.size() > kMostNodeReportBytes)
    return Status(Code::kTooLarge,
                  "the status of this node takes more than " + format_size(kMostNodeReportBytes));
  return out;
}

std::string report_silent_node(std::string_view address, std::string_view error) {
  std::string out = R"({"address": )";
  append_json_string(out, address);
  out += R"(, "error": )";
  append_json_string(out, error);
  return out + '}';
}

}  // namespace ox
