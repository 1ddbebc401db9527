#include "common/spool/checkpoint.h"

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::string_view kMagic = "OXCHKPNT";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 28;  // magic, version, CRC, sequence, length of the body
constexpr std::size_t kCrcFrom = 16;     // the CRC covers sequence, length and body

std::string encode_body(const Checkpoint& c) {
  std::string out;
  out.append(c.spool_id.view());
  append_le(out, c.committed);
  append_le(out, c.store_position);
  append_le(out, static_cast<std::int64_t>(c.uptime.count()));
  append_le(out, static_cast<std::uint32_t>(c.cursors.size()));
  for (const auto& [name, position] : c.cursors) {
    append_le(out, static_cast<std::uint16_t>(name.size()));
    out.append(name);
    append_le(out, position);
  }
  append_le(out, static_cast<std::uint32_t>(c.dedup.size()));
  out.append(c.dedup);
  append_le(out, static_cast<std::uint32_t>(c.store.size()));
  out.append(c.store);
  return out;
}

bool decode_body(std::string_view bytes, Checkpoint& c) {
  ByteReader reader(bytes);
  std::string_view id = reader.take(16);
  c.committed = reader.le<Position>();
  c.store_position = reader.le<Position>();
  c.uptime = Micros(reader.le<std::int64_t>());
  auto cursors = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < cursors && reader.ok(); ++i) {
    std::string name(reader.string16());
    c.cursors[name] = reader.le<Position>();
  }
  c.dedup = reader.take(reader.le<std::uint32_t>());
  c.store = reader.take(reader.le<std::uint32_t>());
  if (!reader.ok()) return false;
  c.spool_id = Uuid::from_bytes(id);
  return true;
}

}  // namespace

Result<std::unique_ptr<CheckpointFile>> CheckpointFile::open(FileSystem& fs,
                                                             const std::string& directory) {
  std::unique_ptr<CheckpointFile> checkpoint(new CheckpointFile());
  for (std::size_t slot = 0; slot < 2; ++slot) {
    std::string path = join_path(directory, fmt::format("checkpoint.{}", slot));
    OX_ASSIGN_OR_RETURN(checkpoint->slots_[slot], fs.open(path, FileSystem::Open::kOpenOrCreate));
    if (Status status = checkpoint->load(slot); !status.ok()) return status.at(path);
  }
  OX_RETURN_IF_ERROR(fs.sync_directory(directory));
  return checkpoint;
}

Status CheckpointFile::load(std::size_t slot) {
  OX_ASSIGN_OR_RETURN(FileInfo info, slots_[slot]->info());
  if (info.size == 0) return ok_status();
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*slots_[slot], 0, info.size));
  ByteReader reader(bytes);
  std::string_view magic = reader.take(kMagic.size());
  auto version = reader.le<std::uint32_t>();
  auto crc = reader.le<std::uint32_t>();
  auto sequence = reader.le<std::uint64_t>();
  auto length = reader.le<std::uint32_t>();
  std::string_view body = reader.take(length);
  Checkpoint loaded;
  if (!reader.ok() || magic != kMagic ||
      crc != crc32c(std::string_view(bytes).substr(kCrcFrom, kHeaderSize - kCrcFrom + length))) {
    damaged_ = true;
    return ok_status();
  }
  if (version != kVersion)
    return Status(Code::kUnsupported,
                  fmt::format("checkpoint format {} is newer than this program", version));
  if (!decode_body(body, loaded)) {
    damaged_ = true;
    return ok_status();
  }
  if (has_current_ && sequence <= sequence_) return ok_status();
  current_ = std::move(loaded);
  sequence_ = sequence;
  has_current_ = true;
  return ok_status();
}

Status CheckpointFile::write(const Checkpoint& checkpoint) {
  std::string body = encode_body(checkpoint);
  std::string bytes(kMagic);
  append_le(bytes, kVersion);
  append_le(bytes, std::uint32_t{0});
  append_le(bytes, sequence_ + 1);
  append_le(bytes, static_cast<std::uint32_t>(body.size()));
  bytes += body;
  store_le(bytes.data() + 12, crc32c(std::string_view(bytes).substr(kCrcFrom)));
  // A slot never holds the checkpoint that counts while it is written: bytes of an older one left
  // behind the new ones do no harm, the length says where the body ends.
  File& slot = *slots_[(sequence_ + 1) % 2];
  OX_RETURN_IF_ERROR(write_all(slot, bytes, 0));
  OX_RETURN_IF_ERROR(slot.sync_data());
  current_ = checkpoint;
  ++sequence_;
  has_current_ = true;
  return ok_status();
}

}  // namespace ox
