#pragma once
// What the control socket asks of the node, and the figures it gets.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/link/node_identity.h"
#include "common/link/receiver.h"
#include "common/spool/spool.h"
#include "oxd/statistics.h"
#include "proto/cutoff.h"
#include "proto/record_id.h"

namespace ox {

// One output, as STATUS shows it.
struct OutputStatus {
  std::string name;    // "files", "forward/1"; of a removed one, what to discard it by
  std::string kind;    // "files", "link", "blueox", "removed"
  std::string target;  // a directory, or the target as it was named
  std::string state;   // "ok", "failed", "connected", "connecting", "refused", "standby", "removed"
  std::string reason;  // why, in words; "" when all is well
  std::uint64_t pending_events = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t acked_events = 0;
  std::uint64_t maybe_duplicated = 0;
  bool optional = false;
  std::uint64_t skipped_events = 0;  // of an optional one
  Micros lag{};                      // age of the oldest pending batch
  std::string ack_meaning;           // "" when nothing is acknowledged
  std::string peer_name;
  Uuid peer_id;
};

struct NodeStatus {
  NodeIdentity identity;
  WallTime started{};
  Micros uptime{};
  std::vector<std::pair<std::string, std::string>> ports;  // socket -> address, or "off"
  std::vector<std::string> warnings;
  Statistics::Snapshot events;
  SpoolStats spool;
  std::string spool_path;
  std::string spool_policy;
  bool spool_full = false;
  std::vector<OutputStatus> outputs;
  std::vector<LinkPeer> peers;
  std::uint64_t subscribers = 0;
  std::uint64_t stream_dropped = 0;
  const Metrics* metrics = nullptr;
};

// Threading: called on the control socket's thread.
class NodeControl {
 public:
  virtual ~NodeControl() = default;
  virtual NodeStatus status() = 0;
  virtual const NodeIdentity& identity() const = 0;
  // 0 when the socket ("collect", "link", "stream", "tail") is off or has no port.
  virtual std::uint16_t port(const std::string& socket) const = 0;
  // Error: kUnsupported when it is forbidden. The stop begins after the answer.
  virtual Status shutdown() = 0;
  // `done`, on this thread: ok when everything accepted before is in the files and synced, or
  // acknowledged downstream.
  virtual void flush(std::function<void(Status)> done) = 0;
  virtual std::vector<OutputStatus> forward_targets() = 0;
  // `op` is "set", "add" or "remove", and names targets; or "discard", and names outputs that have
  // been removed, whose events are given up. Errors: kInvalid, kNotFound, kUnsupported, kIo; then
  // nothing was changed.
  virtual Status change_targets(const std::string& op, const std::vector<std::string>& names) = 0;
  // Errors: kUnsupported on a node without files, and as RecordLeases::answer().
  virtual Result<RecordIdReply> record_ids(const RecordIdRequest& request) = 0;
  // `done`, on this thread, once; perhaps much later, as events may have to be read and counted.
  virtual void cut_off(const CutoffRequest& request,
                       std::function<void(const CutoffReply&)> done) = 0;
};

}  // namespace ox
