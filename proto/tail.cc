#include "proto/tail.h"

#include "common/base/bytes.h"

namespace ox {

static constexpr std::uint8_t kTailVersion = 1;

std::string encode_tail_position(const TailPosition& position) {
  std::string out;
  out.reserve(35 + position.file.size());
  out.push_back(static_cast<char>(kTailVersion));
  out.append(position.boot_id.view());
  append_le(out, position.sequence);
  append_le(out, position.file_offset);
  append_le(out, static_cast<std::uint16_t>(position.file.size()));
  out.append(position.file);
  return out;
}

Result<TailPosition> decode_tail_position(std::string_view frame) {
  ByteReader reader(frame);
  auto version = reader.le<std::uint8_t>();
  std::string_view boot = reader.take(16);
  TailPosition position;
  position.sequence = reader.le<std::uint64_t>();
  position.file_offset = reader.le<std::uint64_t>();
  position.file = reader.string16();
  if (!reader.ok()) return Status(Code::kCorrupt, "a cut tail position");
  if (version != kTailVersion)
    return Status(Code::kUnsupported, "tail version " + std::to_string(version));
  position.boot_id = Uuid::from_bytes(boot);
  return position;
}

}  // namespace ox
