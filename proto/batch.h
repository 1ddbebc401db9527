#pragma once
// Batches: what travels on the link, lies in the spool, and is relayed unchanged. The byte tables
// are in proto/README.md, "Batch".
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/uuid.h"

namespace ox {

inline constexpr std::size_t kBatchHeaderSize = 64;
// Every node accepts batches up to this size, header included; options bind sealers only.
inline constexpr std::size_t kMaxBatchBytes = 16 << 20;
// So one event of this size fits into a batch of its own.
inline constexpr std::size_t kMaxEventBytes = kMaxBatchBytes - 4096;
inline constexpr std::size_t kMaxNameBytes = 255;  // of a type or a host in a batch
// In front of each body: the pair's index, `end`, and the body's length.
inline constexpr std::size_t kEventOverhead = 2 + 8 + 4;

// What a batch is called through every retry, crash and hop.
struct BatchId {
  Uuid run;               // drawn by the sealing process at its start
  std::uint64_t seq = 0;  // from 1, one more for each batch of the run
  auto operator<=>(const BatchId&) const = default;
};

struct BatchIdHash {
  std::size_t operator()(const BatchId& id) const {
    return UuidHash()(id.run) ^ (std::hash<std::uint64_t>()(id.seq) * 0x9e3779b97f4a7c15U);
  }
};

struct BatchHeader {
  BatchId id;
  WallTime sealed_at{};
  std::uint32_t event_count = 0;
  std::uint8_t codec = 0;           // 0: none. Others are refused as kUnsupported.
  std::uint32_t raw_length = 0;     // of the payload before compression
  std::uint32_t stored_length = 0;  // of the payload as it stands here
  std::uint32_t payload_crc = 0;    // CRC-32C of the stored payload
};

// What one (type, host) pair has in a batch.
struct PairSummary {
  std::string_view type;  // borrowed from the batch
  std::string_view host;
  std::uint32_t count = 0;
  std::uint64_t body_bytes = 0;
  double last_end = 0;  // `end` of its last event
};

struct BatchEvent {
  std::uint16_t pair = 0;  // index into Batch::pairs()
  double end = 0;          // Unix seconds, by the sender's clock
  std::string_view body;   // borrowed from the batch
};

// Why bytes are not a batch. Wire values of REJECT (proto/link.h).
enum class BatchError : std::uint8_t {
  kNone = 0,
  kCorrupt = 1,      // a CRC or length is wrong: the sender may try again
  kTooLarge = 2,     // over kMaxBatchBytes
  kUnsupported = 3,  // a magic or codec we do not know
  kMalformed = 4,    // CRCs hold, but the payload's structure does not: no retry helps
};
std::string_view batch_error_name(BatchError error);

// An immutable sealed batch whose bytes have been checked whole. Thread-safe to read.
class Batch {
 public:
  const BatchHeader& header() const { return header_; }
  const BatchId& id() const { return header_.id; }
  // Header and stored payload, as on the wire and on disk.
  std::string_view bytes() const { return bytes_; }
  const std::vector<PairSummary>& pairs() const { return pairs_; }
  std::uint32_t event_count() const { return header_.event_count; }
  // Sum of the bodies.
  std::uint64_t body_bytes() const;

  // The events in order: `BatchCursor c(*batch); while (c.next(event)) ...`
  friend class BatchCursor;

  // Checks `bytes` (header, CRCs, every length inside) and takes a share of `owner`, which keeps
  // them alive. nullptr and `error` set when they are no batch. `detail` (may be null) says why.
  static std::shared_ptr<const Batch> open(std::shared_ptr<const void> owner,
                                           std::string_view bytes, BatchError& error,
                                           std::string* detail = nullptr);

 private:
  friend class BatchBuilder;
  BatchError index(std::string* detail);

  BatchHeader header_;
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
  std::string_view events_;  // the part of the payload behind the pair table
  std::vector<PairSummary> pairs_;
};

using BatchPtr = std::shared_ptr<const Batch>;

class BatchCursor {
 public:
  explicit BatchCursor(const Batch& batch) : rest_(batch.events_) {}
  bool next(BatchEvent& out) {
    if (rest_.empty()) return false;
    const char* head = rest_.data();
    out.pair = load_le<std::uint16_t>(head);
    out.end = load_le<double>(head + 2);
    const auto length = load_le<std::uint32_t>(head + 10);
    out.body = {head + kEventOverhead, length};  // Batch::open() has looked at every length
    rest_.remove_prefix(kEventOverhead + length);
    return true;
  }

 private:
  std::string_view rest_;
};

// Decodes a header alone. The magic, the header's CRC and the lengths are checked, nothing behind
// it. When the CRC holds, `out` is set even if something else is wrong: then out.id is no nil run.
BatchError decode_batch_header(std::string_view bytes, BatchHeader& out);

// Collects events and seals them into a batch. Not thread-safe.
class BatchBuilder {
 public:
  // A batch counts as full when its events reach `target_bytes`.
  explicit BatchBuilder(std::size_t target_bytes);

  bool empty() const { return count_ == 0; }
  std::uint32_t count() const { return count_; }
  std::size_t bytes() const;
  // True when the batch should be sealed before more is added.
  bool full() const { return bytes() >= target_bytes_; }
  // True when this event still goes into the batch at hand. An event of up to kMaxEventBytes, with
  // names of up to kMaxNameBytes, always fits an empty one.
  bool fits(std::string_view type, std::string_view host, std::size_t body_size) const;

  // Copies the event in. fits() must hold.
  void add(std::string_view type, std::string_view host, double end, std::string_view body);

  // The batch so far under this identity; the builder is empty afterwards. Must not be empty().
  BatchPtr seal(const BatchId& id, WallTime sealed_at);

 private:
  struct Pair {
    std::string type;
    std::string host;
    PairSummary summary;
  };
  std::uint16_t pair_index(std::string_view type, std::string_view host);
  void reset();

  std::size_t target_bytes_;
  std::string buffer_;  // kHeadroom for header and pair table, then the events
  std::vector<Pair> pairs_;
  std::unordered_map<std::string, std::uint16_t> pair_of_;  // "type\0host" -> index
  std::uint16_t last_pair_ = 0;                             // of the event before
  std::string key_;                                         // scratch
  std::size_t table_bytes_ = 0;
  std::uint32_t count_ = 0;
  bool was_full_ = false;  // the batch before: then this one's buffer is made full size at once
};

}  // namespace ox
