#pragma once
// Hand-made replies of control sockets.
#include <functional>
#include <string>
#include <utility>

#include <msgpack.hpp>

#include "common/link/control_client.h"
#include "oxctl/node_status.h"

namespace ox::test {

using Packer = msgpack::packer<msgpack::sbuffer>;

inline std::string packed(const std::function<void(Packer&)>& pack) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  pack(packer);
  return std::string(buffer.data(), buffer.size());
}

// {"key": value, ...}: map(p, "last", 1.5, "lag", nil). A value that is a function packs itself.
template <typename T>
void pack_one(Packer& p, const T& value) {
  if constexpr (std::is_invocable_v<T, Packer&>) {
    value(p);
  } else {
    p.pack(value);
  }
}

template <typename... Pairs>
auto map(const Pairs&... pairs) {
  static_assert(sizeof...(pairs) % 2 == 0);
  return [=](Packer& p) {
    p.pack_map(static_cast<std::uint32_t>(sizeof...(pairs) / 2));
    (pack_one(p, pairs), ...);
  };
}

template <typename... Items>
auto list(const Items&... items) {
  return [=](Packer& p) {
    p.pack_array(static_cast<std::uint32_t>(sizeof...(items)));
    (pack_one(p, items), ...);
  };
}

inline const auto kNil = [](Packer& p) { p.pack_nil(); };

inline NodeStatus status_of(const std::string& bytes) {
  auto decoded = Decoded::decode(bytes);
  return decoded.ok() ? NodeStatus::of(decoded->root()) : NodeStatus{};
}

// What a BlueOx oxd sends.
inline std::string blueox_reply() {
  return packed(
      map("last", 1500000000.25, "lag", 0.5, "events",
          map("request.db", map("last", 1500000000.0), "request", map("last", 1499999990.0)),
          "hosts", map("web-1", map("last", 1500000000.0))));
}

// What an oxd of ours sends, with everything in it.
inline std::string full_reply(std::uint64_t count = 1000, const std::string& boot_id = "boot-1") {
  return packed(map(
      "last", 1500000000.0, "lag", 0.002, "events",
      map("request", map("last", 1499999999.0, "count", count, "bytes", count * 100)), "hosts",
      map("web-1", map("last", 1499999999.0, "count", count, "bytes", count * 100)), "node",
      map("id", "6f3c", "name", "agent", "host", "web-1", "boot_id", boot_id, "version", "0.1.0",
          "started", 1499990000.0, "uptime", 10000.0, "pid", 4242),
      "ports", map("control", "127.0.0.1:3513", "link", "off"), "warnings", list("anyone may send"),
      "counters",
      map("collect.events", 5000, "collect.rejected.version", 3, "collect.rejected.frames", 0,
          "spool.dropped.oldest", count / 100, "write.failed", 1),
      "gauges", map(), "spool",
      map("kind", "disk", "path", "/var/spool/oxd", "bytes", 3 << 20, "limit", 12 << 20, "batches",
          7, "events", 1234567, "policy", "block", "state", "full", "reason", "no outputs"),
      "outputs",
      list(map("name", "up", "kind", "link", "target", "log-master:3514", "state", "refused",
               "reason", "version", "pending_events", 1200, "pending_bytes", 2048,
               "in_flight_bytes", 0, "acked_events", 99, "maybe_duplicated", 2, "lag", 12.5,
               "ack_meaning", "synced", "node", map("id", "aa", "name", "collector"))),
      "peers",
      list(map("node_id", "bb", "name", "edge", "host", "web-9", "batches", 5, "events", 500,
               "bytes", 2048, "last", 1499999999.0, "window", 1 << 20)),
      "streams", map("subscribers", 2, "dropped", 4)));
}

}  // namespace ox::test
