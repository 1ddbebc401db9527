#include "oxd/forward/forwarder.h"

#include "oxd/forward/blueox_forwarder.h"
#include "oxd/forward/link_forwarder.h"

namespace ox {

std::unique_ptr<Forwarder> make_forwarder(zmq::context_t& context, EventLoop& loop,
                                          const NodeIdentity& self, const Target& target,
                                          ForwarderOwner& owner, Metrics& metrics,
                                          SentMarks& sent_marks) {
  if (target.kind == Target::Kind::kBlueox)
    return std::make_unique<BlueoxForwarder>(context, loop, target, owner, metrics);
  return std::make_unique<LinkForwarder>(context, loop, self, target, owner, metrics, sent_marks);
}

}  // namespace ox
