#pragma once
// A batch on its way into the spool, and what its giver is told of it.
#include <cstdint>
#include <string>

#include "proto/batch.h"
#include "proto/link.h"

namespace ox {

enum class Settled {
  kSafe,     // the batch, or an earlier copy of it, is safe: acknowledge it
  kDropped,  // given up under --when-full, or lost with a failed spool; counted
};

// Why a batch will never be taken.
struct Refusal {
  RejectReason reason = RejectReason::kMalformed;
  std::string detail;
};

class BatchGiver {
 public:
  virtual ~BatchGiver() = default;
  // Called once for each submission, in no order between givers; for those that stop() leaves
  // waiting, never. Must not block. The giver must live until stop() has returned.
  virtual void settled(std::uint64_t token, const BatchId& id, Settled how) = 0;
  // Instead of settled(), to who acknowledges: what sent the batch must keep it, and not send it
  // again.
  virtual void refused(std::uint64_t token, const BatchId& id, const Refusal&) {
    settled(token, id, Settled::kDropped);
  }
};

struct Submission {
  BatchPtr batch;
  BatchGiver* giver = nullptr;
  std::uint64_t token = 0;
  // True when the batch came over a protocol that acknowledges: it may wait (its giver's peer keeps
  // it), must never be dropped, and may be a copy. False for batches sealed in this process.
  bool acknowledged = false;
};

}  // namespace ox
