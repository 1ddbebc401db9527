#include "oxd/control/replies.h"

#include <msgpack.hpp>
#include <unistd.h>

#include "ox_version.h"

namespace ox {
namespace {

// A map whose length is known only at the end: entries are packed aside and counted.
class MapWriter {
 public:
  template <typename T>
  void add(std::string_view key, const T& value) {
    packer_.pack(key);
    packer_.pack(value);
    ++count_;
  }
  void add(std::string_view key, std::string_view value) {
    packer_.pack(key);
    packer_.pack(value);
    ++count_;
  }
  void add(std::string_view key, const char* value) { add(key, std::string_view(value)); }
  void add_time(std::string_view key, Micros time) { add(key, to_seconds(time)); }
  void add_text(std::string_view key, std::string_view text) {
    if (!text.empty()) add(key, text);
  }
  // `packed` is one MessagePack value.
  void add_packed(std::string_view key, const std::string& packed) {
    packer_.pack(key);
    buffer_.write(packed.data(), packed.size());
    ++count_;
  }

  std::string finish() const {
    msgpack::sbuffer out;
    msgpack::packer<msgpack::sbuffer>(out).pack_map(count_);
    out.write(buffer_.data(), buffer_.size());
    return {out.data(), out.size()};
  }

 private:
  msgpack::sbuffer buffer_;
  msgpack::packer<msgpack::sbuffer> packer_{buffer_};
  std::uint32_t count_ = 0;
};

void add_optional(MapWriter& map, std::string_view key, const std::optional<double>& value) {
  if (value) {
    map.add(key, *value);
  } else {
    map.add(key, msgpack::type::nil_t());
  }
}

std::string array_of(const std::vector<std::string>& packed) {
  msgpack::sbuffer out;
  msgpack::packer<msgpack::sbuffer>(out).pack_array(static_cast<std::uint32_t>(packed.size()));
  for (const std::string& value : packed) out.write(value.data(), value.size());
  return {out.data(), out.size()};
}

std::string figures(const std::list<std::pair<std::string, EventFigures>>& entries) {
  MapWriter map;
  for (const auto& [name, entry] : entries) {
    MapWriter one;
    add_optional(one, "last", entry.count > 0 ? std::optional(entry.last) : std::nullopt);
    one.add("count", entry.count);
    one.add("bytes", entry.bytes);
    if (entry.dropped > 0) one.add("dropped", entry.dropped);
    map.add_packed(name, one.finish());
  }
  return map.finish();
}

std::string node_map(const NodeStatus& status) {
  MapWriter node;
  node.add("id", status.identity.node_id.to_string());
  node.add("name", status.identity.node_name);
  node.add("host", status.identity.host);
  node.add("boot_id", status.identity.boot_id.to_string());
  node.add("version", OX_VERSION);
  node.add_time("started", status.started);
  node.add_time("uptime", status.uptime);
  node.add("pid", static_cast<std::int64_t>(::getpid()));
  return node.finish();
}

std::string spool_map(const NodeStatus& status) {
  const SpoolStats& spool = status.spool;
  MapWriter map;
  map.add("kind", spool.on_disk ? "disk" : "memory");
  map.add_text("path", status.spool_path);
  map.add("bytes", spool.bytes);
  map.add("limit", spool.limit);
  map.add("batches", spool.batches);
  map.add("events", spool.events);
  map.add("policy", status.spool_policy);
  map.add("state", spool.failed ? "failed" : status.spool_full ? "full" : "ok");
  map.add_text("reason", spool.reason);
  map.add("damaged_ranges", spool.damaged_ranges);
  return map.finish();
}

std::string peer_node(const OutputStatus& output) {
  MapWriter node;
  node.add("id", output.peer_id.to_string());
  node.add("name", output.peer_name);
  return node.finish();
}

std::string output_map(const OutputStatus& output) {
  MapWriter map;
  map.add("name", output.name);
  map.add("kind", output.kind);
  map.add("target", output.target);
  map.add("state", output.state);
  map.add_text("reason", output.reason);
  map.add("pending_events", output.pending_events);
  map.add("pending_bytes", output.pending_bytes);
  map.add("in_flight_bytes", output.in_flight_bytes);
  map.add("acked_events", output.acked_events);
  map.add("maybe_duplicated", output.maybe_duplicated);
  if (output.optional) map.add("optional", true);
  if (output.optional || output.skipped_events > 0)
    map.add("skipped_events", output.skipped_events);
  map.add_time("lag", output.lag);
  map.add_text("ack_meaning", output.ack_meaning);
  if (!output.peer_id.is_nil()) map.add_packed("node", peer_node(output));
  return map.finish();
}

std::string peer_map(const LinkPeer& peer) {
  MapWriter map;
  map.add("node_id", peer.node_id.to_string());
  map.add("name", peer.name);
  map.add("host", peer.host);
  map.add("batches", peer.batches);
  map.add("events", peer.events);
  map.add("bytes", peer.bytes);
  map.add_time("last", peer.last);
  map.add("window", peer.window);
  return map.finish();
}

template <typename T, typename F>
std::string maps(const std::vector<T>& items, F pack) {
  std::vector<std::string> packed;
  for (const T& item : items) packed.push_back(pack(item));
  return array_of(packed);
}

}  // namespace

std::string status_reply(const NodeStatus& status) {
  MapWriter map;
  add_optional(map, "last", status.events.last);
  add_optional(map, "lag", status.events.lag);
  map.add_packed("events", figures(status.events.types));
  map.add_packed("hosts", figures(status.events.hosts));
  map.add_packed("node", node_map(status));
  MapWriter ports;
  for (const auto& [socket, address] : status.ports) ports.add(socket, address);
  map.add_packed("ports", ports.finish());
  map.add("warnings", status.warnings);
  MapWriter counters;
  MapWriter gauges;
  if (status.metrics != nullptr) {
    status.metrics->visit_counters(
        [&](const std::string& name, std::uint64_t value) { counters.add(name, value); });
    status.metrics->visit_gauges(
        [&](const std::string& name, double value) { gauges.add(name, value); });
  }
  map.add_packed("counters", counters.finish());
  map.add_packed("gauges", gauges.finish());
  map.add_packed("spool", spool_map(status));
  map.add_packed("outputs", maps(status.outputs, output_map));
  map.add_packed("peers", maps(status.peers, peer_map));
  MapWriter streams;
  streams.add("subscribers", status.subscribers);
  streams.add("dropped", status.stream_dropped);
  map.add_packed("streams", streams.finish());
  return map.finish();
}

std::string port_reply(std::uint16_t port) {
  MapWriter map;
  map.add("port", port);
  return map.finish();
}

std::string ping_reply(const NodeIdentity& identity) {
  MapWriter map;
  map.add("ok", true);
  map.add("node", identity.node_name);
  map.add("boot_id", identity.boot_id.to_string());
  map.add("version", OX_VERSION);
  return map.finish();
}

std::string ok_reply() {
  MapWriter map;
  map.add("ok", true);
  return map.finish();
}

std::string log_level_reply(const std::string& level) {
  MapWriter map;
  map.add("ok", true);
  map.add("level", level);
  return map.finish();
}

std::string forward_reply(const std::vector<OutputStatus>& targets) {
  MapWriter map;
  map.add("ok", true);
  map.add_packed("targets", maps(targets, [](const OutputStatus& output) {
                   MapWriter target;
                   target.add("target", output.target);
                   target.add("kind", output.kind);
                   target.add("state", output.state);
                   if (output.optional) target.add("optional", true);
                   target.add("pending_events", output.pending_events);
                   target.add("in_flight_bytes", output.in_flight_bytes);
                   if (!output.peer_id.is_nil()) target.add_packed("node", peer_node(output));
                   return target.finish();
                 }));
  return map.finish();
}

}  // namespace ox
