#include "common/ingest/fluent/forward_message.h"

#include <array>

#include <fmt/format.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr std::size_t kEventTimeBytes = 8;

// The payload of an EventTime: fixext8 or ext8, type 0. "" for anything else.
std::string_view event_time_payload(std::string_view bytes) {
  constexpr std::string_view kFixed("\xd7\x00", 2);
  constexpr std::string_view kSized("\xc7\x08\x00", 3);
  for (std::string_view head : {kFixed, kSized})
    if (bytes.starts_with(head) && bytes.size() >= head.size() + kEventTimeBytes)
      return bytes.substr(head.size(), kEventTimeBytes);
  return {};
}

ForwardTime at_seconds(double seconds) {
  if (seconds == 0) return {true, std::nullopt};
  auto at = timestamp_from_seconds(seconds);
  return {at.has_value(), at};
}

Status read_option(RawValue option, ForwardMessage& out) {
  for (const RawMap::Entry& entry : RawMap(option)) {
    if (entry.name == "chunk" && entry.value.as_text()) out.chunk = entry.value;
    if (entry.name != "compressed") continue;
    const auto word = entry.value.as_text();
    if (word == "gzip") {
      out.compression = ForwardMessage::Compression::kGzip;
    } else if (word == "zstd") {
      out.compression = ForwardMessage::Compression::kZstd;
    } else if (word && *word != "text") {
      return Status(Code::kUnsupported, fmt::format("compressed in a way that is not known, '{}'",
                                                    word->substr(0, 32)));
    }
  }
  return ok_status();
}

}  // namespace

ForwardTime forward_time(RawValue value) {
  switch (value.kind()) {
    case RawValue::Kind::kNil:
      return {true, std::nullopt};
    case RawValue::Kind::kInt:
    case RawValue::Kind::kFloat:
      return at_seconds(*value.as_number());
    case RawValue::Kind::kArray: {
      auto first = RawArray(value).begin();
      // Not another array within: metadata stands beside a time.
      if (!(first != RawArray(value).end()) || (*first).is_array()) return {};
      return forward_time(*first);
    }
    case RawValue::Kind::kExt: {
      const std::string_view payload = event_time_payload(value.bytes());
      if (payload.empty()) return {};
      const auto seconds = load_be<std::uint32_t>(payload.data());
      const auto nanos = load_be<std::uint32_t>(payload.data() + 4);
      if (seconds == 0 && nanos == 0) return {true, std::nullopt};
      return {true, Timestamp::of(Seconds(seconds) + Micros(nanos / 1000))};
    }
    default:
      return {};
  }
}

Result<ForwardMessage> ForwardMessage::parse(RawValue message) {
  if (!message.is_array()) return Status(Code::kInvalid, "a message that is no array");
  std::array<RawValue, 4> parts;
  std::size_t count = 0;
  for (RawValue part : RawArray(message)) {
    if (count == parts.size()) break;
    parts[count++] = part;
  }
  if (count < 2) return Status(Code::kInvalid, fmt::format("a message of {} elements", count));
  ForwardMessage out;
  const auto tag = parts[0].as_text();
  if (!tag) return Status(Code::kInvalid, "a message whose tag is no text");
  out.tag = *tag;
  RawValue option = parts[2];
  if (parts[1].is_array()) {
    out.mode = Mode::kForward;
    out.entries = parts[1];
  } else if (auto packed = parts[1].as_text()) {
    out.mode = Mode::kPacked;
    out.packed = *packed;
  } else {
    if (count < 3) return Status(Code::kInvalid, "a message without its record");
    out.time = parts[1];
    out.record = parts[2];
    option = parts[3];
  }
  OX_RETURN_IF_ERROR(read_option(option, out));
  return out;
}

}  // namespace ox
