#include "proto/link.h"

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr std::uint32_t kLinkMagic = 0x4b4c584f;  // "OXLK"
constexpr std::size_t kRangeSize = 32;
constexpr std::size_t kMaxDownstream = 1024;

void put_name(std::string& out, std::string_view name) {
  name = name.substr(0, 255);
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
}

void put_nodes(std::string& out, const std::vector<Uuid>& nodes) {
  std::size_t count = std::min(nodes.size(), kMaxDownstream);
  append_le(out, static_cast<std::uint16_t>(count));
  for (std::size_t i = 0; i < count; ++i) out.append(nodes[i].view());
}

Uuid take_uuid(ByteReader& reader) {
  std::string_view bytes = reader.take(16);
  return bytes.size() == 16 ? Uuid::from_bytes(bytes) : Uuid{};
}

std::vector<Uuid> take_nodes(ByteReader& reader) {
  std::vector<Uuid> nodes;
  auto count = reader.le<std::uint16_t>();
  for (std::uint16_t i = 0; i < count && reader.ok(); ++i) nodes.push_back(take_uuid(reader));
  return nodes;
}

// Bytes behind what we know are a later minor revision's: allowed, and ignored.
template <typename T>
Result<T> whole(const ByteReader& reader, T value, const char* what) {
  if (!reader.ok()) return Status(Code::kCorrupt, std::string("a cut ") + what);
  return value;
}

}  // namespace

std::string_view ack_meaning_name(AckMeaning meaning) {
  switch (meaning) {
    case AckMeaning::kNone:
      return "none";
    case AckMeaning::kRelayed:
      return "relayed";
    case AckMeaning::kStored:
      return "stored";
  }
  return "unknown";
}

std::string_view reject_reason_name(RejectReason reason) {
  switch (reason) {
    case RejectReason::kCorrupt:
      return "corrupt";
    case RejectReason::kTooLarge:
      return "too_large";
    case RejectReason::kUnsupported:
      return "unsupported";
    case RejectReason::kMalformed:
      return "malformed";
    case RejectReason::kUnknownVersion:
      return "unknown_version";
    case RejectReason::kForbidden:
      return "forbidden";
    case RejectReason::kLoop:
      return "loop";
    case RejectReason::kIdentityConflict:
      return "identity_conflict";
  }
  return "unknown";
}

bool concerns_batch(RejectReason reason) {
  return reason != RejectReason::kUnknownVersion && reason != RejectReason::kForbidden &&
         reason != RejectReason::kLoop;
}

std::string encode_link_header(const LinkHeader& header) {
  std::string out;
  out.reserve(kLinkHeaderSize);
  append_le(out, kLinkMagic);
  out.push_back(static_cast<char>(kLinkVersion));
  out.push_back(static_cast<char>(header.command));
  append_le(out, std::uint16_t{0});
  append_le(out, header.session);
  append_le(out, header.frame);
  return out;
}

Result<LinkHeader> decode_link_header(std::string_view frame) {
  ByteReader reader(frame);
  auto magic = reader.le<std::uint32_t>();
  auto version = reader.le<std::uint8_t>();
  auto command = reader.le<std::uint8_t>();
  reader.le<std::uint16_t>();
  LinkHeader header;
  header.session = reader.le<std::uint64_t>();
  header.frame = reader.le<std::uint64_t>();
  if (!reader.ok() || !reader.at_end() || magic != kLinkMagic)
    return Status(Code::kCorrupt, "not a link command");
  header.command = static_cast<LinkCommand>(command);
  if (version != kLinkVersion)
    return Status(Code::kUnsupported, "link version " + std::to_string(version));
  if (command < 1 || command > 7)
    return Status(Code::kCorrupt, "unknown link command " + std::to_string(command));
  return header;
}

std::string encode_hello(const Hello& hello) {
  std::string out;
  out.push_back(static_cast<char>(hello.version));
  out.append(hello.node_id.view());
  out.append(hello.boot_id.view());
  put_name(out, hello.node_name);
  put_name(out, hello.host);
  put_nodes(out, hello.downstream);
  return out;
}

Result<Hello> decode_hello(std::string_view body) {
  ByteReader reader(body);
  Hello hello;
  hello.version = reader.le<std::uint8_t>();
  hello.node_id = take_uuid(reader);
  hello.boot_id = take_uuid(reader);
  hello.node_name = reader.short_string();
  hello.host = reader.short_string();
  hello.downstream = take_nodes(reader);
  return whole(reader, std::move(hello), "HELLO");
}

std::string encode_welcome(const Welcome& welcome) {
  std::string out;
  out.push_back(static_cast<char>(welcome.version));
  out.append(welcome.node_id.view());
  out.append(welcome.boot_id.view());
  put_name(out, welcome.node_name);
  append_le(out, welcome.window);
  append_le(out, welcome.next_frame);
  out.push_back(static_cast<char>(welcome.ack_meaning));
  put_nodes(out, welcome.downstream);
  return out;
}

Result<Welcome> decode_welcome(std::string_view body) {
  ByteReader reader(body);
  Welcome welcome;
  welcome.version = reader.le<std::uint8_t>();
  welcome.node_id = take_uuid(reader);
  welcome.boot_id = take_uuid(reader);
  welcome.node_name = reader.short_string();
  welcome.window = reader.le<std::uint64_t>();
  welcome.next_frame = reader.le<std::uint64_t>();
  welcome.ack_meaning = static_cast<AckMeaning>(reader.le<std::uint8_t>());
  welcome.downstream = take_nodes(reader);
  return whole(reader, std::move(welcome), "WELCOME");
}

std::string encode_ack(const LinkAck& ack) {
  std::string out;
  out.reserve(12 + ack.ranges.size() * kRangeSize);
  append_le(out, ack.window);
  append_le(out, static_cast<std::uint32_t>(ack.ranges.size()));
  for (const AckRange& range : ack.ranges) {
    out.append(range.run.view());
    append_le(out, range.first);
    append_le(out, range.last);
  }
  return out;
}

Result<LinkAck> decode_ack(std::string_view body) {
  ByteReader reader(body);
  LinkAck ack;
  ack.window = reader.le<std::uint64_t>();
  auto count = reader.le<std::uint32_t>();
  if (reader.rest().size() < std::uint64_t{count} * kRangeSize)
    return Status(Code::kCorrupt, "a cut ACK");
  ack.ranges.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    AckRange& range = ack.ranges.emplace_back();
    range.run = take_uuid(reader);
    range.first = reader.le<std::uint64_t>();
    range.last = reader.le<std::uint64_t>();
    if (range.last < range.first) return Status(Code::kCorrupt, "an ACK range runs backwards");
  }
  return whole(reader, std::move(ack), "ACK");
}

std::string encode_reject(const LinkReject& reject) {
  std::string out;
  out.append(reject.id.run.view());
  append_le(out, reject.id.seq);
  out.push_back(static_cast<char>(reject.reason));
  put_name(out, reject.detail);
  return out;
}

Result<LinkReject> decode_reject(std::string_view body) {
  ByteReader reader(body);
  LinkReject reject;
  reject.id.run = take_uuid(reader);
  reject.id.seq = reader.le<std::uint64_t>();
  reject.reason = static_cast<RejectReason>(reader.le<std::uint8_t>());
  reject.detail = reader.short_string();
  return whole(reader, std::move(reject), "REJECT");
}

}  // namespace ox
