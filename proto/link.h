#pragma once
// Commands of the link protocol, between a node that sends batches (DEALER) and one that takes them
// (ROUTER). A command is one ZeroMQ message: a 24-byte header frame and, for most, one body frame.
// Byte tables and the rules of a session are in proto/README.md, "Link".
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/uuid.h"
#include "proto/batch.h"

namespace ox {

inline constexpr std::uint8_t kLinkVersion = 1;
inline constexpr std::size_t kLinkHeaderSize = 24;

enum class LinkCommand : std::uint8_t {
  kHello = 1,    // sender: who I am; opens a session, or asks whether it still stands
  kWelcome = 2,  // receiver: who I am, and what you may send
  kBatch = 3,    // sender: one batch
  kAck = 4,      // receiver: these batches are safe; and the window now
  kReject = 5,   // receiver: this batch, or this session, is refused
  kReset = 6,    // receiver: I do not know this session, or a frame is missing: open a new one
  kBye = 7,      // sender: the session ends; nothing more will come
};

struct LinkHeader {
  LinkCommand command = LinkCommand::kHello;
  std::uint64_t session = 0;  // drawn at random by the sender
  std::uint64_t frame = 0;    // BATCH: its number in the session, from 1; otherwise 0
};

// What an ACK of this receiver means.
enum class AckMeaning : std::uint8_t {
  kNone = 0,     // it was received; nothing keeps it (a node without any output)
  kRelayed = 1,  // the next hop has acknowledged it
  kStored = 2,   // it is on this node's disk
};
std::string_view ack_meaning_name(AckMeaning meaning);

struct Hello {
  std::uint8_t version = kLinkVersion;
  Uuid node_id;
  Uuid boot_id;
  std::string node_name;
  std::string host;
  std::vector<Uuid> downstream;  // nodes this sender's batches reach, as far as it knows
};

struct Welcome {
  std::uint8_t version = kLinkVersion;
  Uuid node_id;
  Uuid boot_id;
  std::string node_name;
  std::uint64_t window = 0;      // bytes of batches that may be outstanding; see LinkAck
  std::uint64_t next_frame = 1;  // the frame number expected next in this session
  AckMeaning ack_meaning = AckMeaning::kNone;
  std::vector<Uuid> downstream;
};

struct AckRange {
  Uuid run;
  std::uint64_t first = 0;  // inclusive
  std::uint64_t last = 0;   // inclusive
};

struct LinkAck {
  // Bytes that may be outstanding from now on. A window that is not zero admits at least one batch
  // of any size; a window of zero admits none.
  std::uint64_t window = 0;
  std::vector<AckRange> ranges;  // may be empty: only the window changed
};

// Why a batch or a session is refused. 1..4 are BatchError's values.
enum class RejectReason : std::uint8_t {
  kCorrupt = 1,           // of the batch: the sender may try again
  kTooLarge = 2,          // of the batch
  kUnsupported = 3,       // of the batch
  kMalformed = 4,         // of the batch
  kUnknownVersion = 5,    // of the receiver: it does not speak the sender's version
  kForbidden = 6,         // of the receiver: the sender may not send here
  kLoop = 7,              // of the receiver: batches would come back to where they were
  kIdentityConflict = 8,  // of the batch: its identity is known with other bytes
};
std::string_view reject_reason_name(RejectReason reason);
// True for reasons that lie in the batch itself; the others are conditions of the target.
bool concerns_batch(RejectReason reason);

struct LinkReject {
  BatchId id;  // nil run: the session as a whole
  RejectReason reason = RejectReason::kCorrupt;
  std::string detail;
};

std::string encode_link_header(const LinkHeader& header);
// Errors: kCorrupt (length, magic, command), kUnsupported (version).
Result<LinkHeader> decode_link_header(std::string_view frame);

std::string encode_hello(const Hello& hello);
Result<Hello> decode_hello(std::string_view body);
std::string encode_welcome(const Welcome& welcome);
Result<Welcome> decode_welcome(std::string_view body);
std::string encode_ack(const LinkAck& ack);
Result<LinkAck> decode_ack(std::string_view body);
std::string encode_reject(const LinkReject& reject);
Result<LinkReject> decode_reject(std::string_view body);

}  // namespace ox
