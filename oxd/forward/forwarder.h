#pragma once
// One target of the forward output, whatever it speaks. Threading: the thread of the forward stage.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/link/node_identity.h"
#include "common/link/target.h"
#include "oxd/forward/sent_marks.h"
#include "proto/batch.h"
#include "proto/link.h"

namespace ox {

class Forwarder;

// Called on the loop's thread, never from inside give().
class ForwarderOwner {
 public:
  virtual ~ForwarderOwner() = default;
  // The oldest `count` batches given and not yet released have reached the target.
  virtual void released(Forwarder& forwarder, std::size_t count) = 0;
  // There may be room to give(), or the target came or went.
  virtual void changed(Forwarder& forwarder) = 0;
  // As LinkSenderOwner::rejected().
  virtual bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) = 0;
  // As LinkSenderOwner::in_doubt_too_long().
  virtual bool in_doubt_too_long(const BatchPtr& batch) = 0;
};

// The record of the spool that a batch is, or is a part of.
struct RecordPlace {
  Position position = 0;
  Position end = 0;
};

struct ForwarderState {
  std::string state;   // "connected", "connecting", "refused"
  std::string reason;  // why it is not connected; may be ""
  std::uint64_t in_flight_bytes = 0;
  std::string ack_meaning;  // "" when nothing is acknowledged
  std::string peer_name;    // what the target says of itself; "" when it has said nothing
  Uuid peer_id;
};

class Forwarder {
 public:
  virtual ~Forwarder() = default;

  virtual void start() = 0;
  // Ends the connection; batches already handed to the network get `linger` to leave.
  virtual void stop(Micros linger) = 0;

  virtual bool connected() const = 0;
  // Since when connected() is what it is.
  virtual MonoTime since() const = 0;
  // True when a batch may be given now, if it is not too large: only then is one fetched.
  virtual bool ready() const = 0;
  virtual bool can_give(const Batch& batch) const = 0;
  // In the order of their records, but for those that were taken back.
  virtual void give(BatchPtr batch, const RecordPlace& place) = 0;
  // Forgets every batch that was given and not released. Returns how many of their events the
  // target may have all the same.
  virtual std::uint64_t take_back() = 0;

  virtual ForwarderState state() const = 0;
  // The target, once known, and the nodes behind it.
  virtual std::vector<Uuid> reaches() const { return {}; }
  virtual void set_downstream(const std::vector<Uuid>&) {}
  virtual const Target& target() const = 0;
};

std::unique_ptr<Forwarder> make_forwarder(zmq::context_t& context, EventLoop& loop,
                                          const NodeIdentity& self, const Target& target,
                                          ForwarderOwner& owner, Metrics& metrics,
                                          SentMarks& sent_marks);

}  // namespace ox
