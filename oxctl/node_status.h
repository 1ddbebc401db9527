#pragma once
// A STATUS reply as oxctl shows it (proto/README.md, "STATUS").
// Nothing in a reply is relied on: a key that is missing or of the wrong type is absent here, so
// that a BlueOx oxd (last, lag, events and hosts only) and a hostile peer are both read. Every text
// is printable() already; that is why no other code of oxctl needs to escape.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <msgpack.hpp>

namespace ox {

// What came from one host, or as one type. Times are Unix seconds.
struct Activity {
  std::string name;
  std::optional<double> last;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> dropped;
};

struct NodeIdentity {
  std::string id;
  std::string name;
  std::string host;
  std::string boot_id;
  std::string version;
  std::optional<double> uptime;  // seconds
  std::optional<std::uint64_t> pid;
};

struct SpoolStatus {
  std::string kind;
  std::string path;
  std::string policy;
  std::string state;
  std::string reason;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> batches;
  std::optional<std::uint64_t> events;
};

struct OutputStatus {
  std::string name;
  std::string kind;
  std::string target;
  std::string state;
  std::string reason;
  std::string ack_meaning;
  std::string node;  // who answers there: "name (id)"
  std::optional<std::uint64_t> pending_events;
  std::optional<std::uint64_t> pending_bytes;
  std::optional<std::uint64_t> in_flight_bytes;
  std::optional<std::uint64_t> acked_events;
  std::optional<std::uint64_t> maybe_duplicated;
  std::optional<std::uint64_t> skipped_events;
  std::optional<double> lag;  // seconds
};

struct PeerStatus {
  std::string id;
  std::string name;
  std::string host;
  std::optional<std::uint64_t> batches;
  std::optional<std::uint64_t> events;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> window;
  std::optional<double> last;
};

struct StreamStatus {
  std::optional<std::uint64_t> subscribers;
  std::optional<std::uint64_t> dropped;
};

// What a counter with a word such as "dropped" in its dotted name tells.
enum class Loss { kNone, kRejected, kDropped, kFailed };
Loss loss_of_counter(std::string_view name);

struct NodeStatus {
  std::optional<double> last;
  std::optional<double> lag;
  std::vector<Activity> types;  // by name
  std::vector<Activity> hosts;  // by name
  std::optional<NodeIdentity> node;
  std::vector<std::pair<std::string, std::string>> ports;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::uint64_t>> counters;  // by name
  std::optional<SpoolStatus> spool;
  std::vector<OutputStatus> outputs;
  std::vector<PeerStatus> peers;
  std::optional<StreamStatus> streams;

  // `reply` may be anything.
  static NodeStatus of(const msgpack::object& reply);

  // The counters of that kind together; nothing when the peer sends no counters at all.
  std::optional<std::uint64_t> total(Loss loss) const;
};

// "name (id)", or what there is of it, from {id, name} or from a text.
std::string node_label(const msgpack::object* node);
// The text under `key`, printable; a number as its digits; "" when there is neither.
std::string shown_text(const msgpack::object& map, std::string_view key);
// The target of an output, as FORWARD takes it: with ",optional" when it is.
std::string target_text(const msgpack::object& output);
// A whole number that is not negative, also when it came as a float.
std::optional<std::uint64_t> shown_uint(const msgpack::object& map, std::string_view key);

// True for an output state in which events do not move, or for a spool that is not "ok".
bool output_in_trouble(std::string_view state);
bool spool_in_trouble(std::string_view state);

}  // namespace ox
