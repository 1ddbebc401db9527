#pragma once
// A message of the Fluent Forward protocol, version 1 (github.com/fluent/fluentd/wiki/
// Forward-Protocol-Specification-v1): an array whose second element tells its mode.
//   Message        [tag, time, record, option?]
//   Forward        [tag, [[time, record], ...], option?]
//   PackedForward  [tag, text of [time, record] one behind the other, option?], perhaps compressed
#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "common/ingest/model/timestamp.h"
#include "proto/raw_value.h"

namespace ox {

// Views into the bytes it was parsed from.
struct ForwardMessage {
  enum class Mode { kMessage, kForward, kPacked };
  enum class Compression { kNone, kGzip, kZstd };

  Mode mode = Mode::kMessage;
  std::string_view tag;
  RawValue time, record;    // kMessage
  RawValue entries;         // kForward: an array
  std::string_view packed;  // kPacked
  RawValue chunk;           // of the option, text; invalid when nobody waits for an ack
  Compression compression = Compression::kNone;

  // `message`: one whole value. Errors: kInvalid, why it is no message; kUnsupported, a compression
  // that is not known.
  static Result<ForwardMessage> parse(RawValue message);
};

// The time of an entry.
struct ForwardTime {
  bool valid = false;
  std::optional<Timestamp> at;  // nothing: the sender does not tell
};

// Seconds as an integer or a float, EventTime (ext 0: seconds and nanoseconds), or an array that
// begins with either; 0 and nil tell nothing.
ForwardTime forward_time(RawValue value);

}  // namespace ox
