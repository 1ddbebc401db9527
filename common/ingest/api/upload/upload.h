#pragma once
// A body of many events on its way to the gate, in chunks. One chunk is under way at most, so that
// nothing behind a failed one is ever stored; the next is made ready meanwhile, and the body waits
// when that is full.
//
//   body --append--> UploadItems --take--> UploadPolicy --seal--> chunk --gate--> delivered ... answer
//
// Bounds: of memory, some chunks of the policy's size, and what UploadItems hold.
#include <memory>

#include "common/http/body_reader.h"
#include "common/http/http_reply.h"
#include "common/ingest/api/upload/upload_items.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/event_group.h"

namespace ox {

// The usual size of a chunk, whichever comes first.
inline constexpr std::size_t kChunkRecords = 1024;   // Chronologer's number
inline constexpr std::size_t kChunkBytes = 4 << 20;  // of documents

// Some events that are stored together, and what their API has to remember of them.
struct UploadChunk {
  virtual ~UploadChunk() = default;
  EventGroup group;
};

// What an API makes of the items of one request. Its calls come one at a time, on any thread.
class UploadPolicy {
 public:
  enum class Next {
    kMore,
    kFinish,  // nothing behind this is looked at; what is in the chunk still goes
    kGiveUp,  // and what is in the chunk goes nowhere
  };
  virtual ~UploadPolicy() = default;

  // Takes one item into the chunk that is being filled.
  virtual Next take(const UploadItem& item) = 0;
  // Of the chunk that is being filled.
  virtual bool empty() const = 0;
  virtual bool full() const = 0;
  // Makes the events of that chunk, which is not empty, and begins another. nullptr: it gives up.
  virtual std::unique_ptr<UploadChunk> seal() = 0;
  // True: take() is shown the rest of the body also when it has been given up, because the answer
  // lists everything. full() and empty() have to say false and true then.
  virtual bool lists_all() const { return false; }
  // A chunk that is not sent after all; the one that is being filled, too.
  virtual void drop(UploadChunk&) {}
  virtual void drop_filling() {}
  // What became of a chunk: kMore or kGiveUp.
  virtual Next delivered(UploadChunk& chunk, Delivery delivery) = 0;
  // All is known. single: of UploadItems.
  virtual void answer(HttpReply& reply, bool single) = 0;
};

// For a body that is still to come. The gate outlives every request.
std::unique_ptr<BodyReader> read_upload(EventGate& gate, std::unique_ptr<UploadItems> items,
                                        std::unique_ptr<UploadPolicy> policy, HttpReply reply);
// For one that is there; `items` have ended.
void post_upload(EventGate& gate, std::unique_ptr<UploadItems> items,
                 std::unique_ptr<UploadPolicy> policy, HttpReply reply);

}  // namespace ox
