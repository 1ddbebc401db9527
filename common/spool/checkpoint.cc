#include "common/spool/checkpoint.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/base/quantity.h"
#include "common/spool/dedup.h"

namespace ox {
namespace {

constexpr std::string_view kCheckpointMagic = "OXCHKPNT";
constexpr std::uint32_t kCheckpointVersion = 2;
constexpr std::size_t kHeaderSize = 28;  // magic, CRC, version, sequence, length of the body
constexpr std::size_t kCrcAt = 8;        // the CRC covers everything behind itself, body included
constexpr std::size_t kCrcFrom = 12;
constexpr std::uint64_t kSlotUnit = 64 * kKiB;

std::string encode_body(const Checkpoint& c) {
  std::string out;
  out.append(c.spool_id.view());
  append_le(out, c.committed);
  append_le(out, c.store_position);
  append_le(out, static_cast<std::int64_t>(c.uptime.count()));
  append_le(out, static_cast<std::uint32_t>(c.cursors.size()));
  for (const auto& [name, cursor] : c.cursors) {
    append_le(out, static_cast<std::uint16_t>(name.size()));
    out.append(name);
    append_le(out, cursor.released);
    append_le(out, cursor.events_before);
  }
  append_le(out, static_cast<std::uint32_t>(c.dedup.size()));
  out.append(c.dedup);
  append_le(out, static_cast<std::uint32_t>(c.store.size()));
  out.append(c.store);
  return out;
}

bool decode_body(std::string_view bytes, std::uint32_t version, Checkpoint& c) {
  ByteReader reader(bytes);
  std::string_view id = reader.take(16);
  c.committed = reader.le<Position>();
  c.store_position = reader.le<Position>();
  c.uptime = Micros(reader.le<std::int64_t>());
  auto cursors = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < cursors && reader.ok(); ++i) {
    Checkpoint::Cursor& cursor = c.cursors[std::string(reader.string16())];
    cursor.released = reader.le<Position>();
    cursor.events_before = reader.le<std::uint64_t>();
  }
  c.dedup = reader.take(reader.le<std::uint32_t>());
  if (version == 1) c.dedup = Dedup::from_version_1(c.dedup);
  c.store = reader.take(reader.le<std::uint32_t>());
  if (!reader.ok()) return false;
  c.spool_id = Uuid::from_bytes(id);
  return true;
}

std::string encode_slot(const Checkpoint& checkpoint, std::uint64_t sequence) {
  std::string body = encode_body(checkpoint);
  std::string out(kCheckpointMagic);
  append_le(out, std::uint32_t{0});  // CRC, filled in below
  append_le(out, kCheckpointVersion);
  append_le(out, sequence);
  append_le(out, static_cast<std::uint32_t>(body.size()));
  out += body;
  store_le(out.data() + kCrcAt, crc32c(std::string_view(out).substr(kCrcFrom)));
  return out;
}

}  // namespace

Position Checkpoint::floor() const {
  Position floor = std::min(committed, store_position);
  for (const auto& [name, cursor] : cursors) floor = std::min(floor, cursor.released);
  return floor;
}

Position Checkpoint::highest() const {
  Position highest = std::max(committed, store_position);
  for (const auto& [name, cursor] : cursors) highest = std::max(highest, cursor.released);
  return highest;
}

CheckpointSlot decode_checkpoint_slot(std::string_view bytes) {
  CheckpointSlot slot;
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return slot;
  slot.state = CheckpointSlot::State::kDamaged;
  ByteReader reader(bytes);
  std::string_view magic = reader.take(kCheckpointMagic.size());
  auto crc = reader.le<std::uint32_t>();
  slot.version = reader.le<std::uint32_t>();
  slot.sequence = reader.le<std::uint64_t>();
  auto length = reader.le<std::uint32_t>();
  std::string_view body = reader.take(length);
  if (!reader.ok() || magic != kCheckpointMagic ||
      crc != crc32c(bytes.substr(kCrcFrom, kHeaderSize - kCrcFrom + length)))
    return slot;
  if (slot.version > kCheckpointVersion) {
    slot.state = CheckpointSlot::State::kNewer;
  } else if (slot.sequence != 0 && slot.version != 0 &&
             decode_body(body, slot.version, slot.checkpoint)) {
    slot.state = CheckpointSlot::State::kWhole;
  }
  return slot;
}

std::string checkpoint_slot_name(std::size_t slot) { return fmt::format("checkpoint.{}", slot); }

Result<std::unique_ptr<CheckpointFile>> CheckpointFile::open(FileSystem& fs,
                                                             const std::string& directory) {
  std::unique_ptr<CheckpointFile> checkpoint(new CheckpointFile(fs, directory));
  for (std::size_t i = 0; i < 2; ++i) {
    Slot& slot = checkpoint->slots_[i];
    slot.path = join_path(directory, checkpoint_slot_name(i));
    if (Status status = checkpoint->load(slot); !status.ok()) return status.at(slot.path);
    if (slot.sequence > checkpoint->slots_[checkpoint->current_slot_].sequence)
      checkpoint->current_slot_ = i;
  }
  return checkpoint;
}

Status CheckpointFile::load(Slot& slot) {
  auto file = fs_.open(slot.path, FileSystem::Open::kWrite);
  if (!file.ok()) return file.status().code() == Code::kNotFound ? ok_status() : file.status();
  slot.file = std::move(file).value();
  OX_ASSIGN_OR_RETURN(FileInfo info, slot.file->info());
  slot.size = info.size;
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*slot.file, 0, info.size));
  CheckpointSlot content = decode_checkpoint_slot(bytes);
  slot.blank = content.state == CheckpointSlot::State::kBlank;
  damaged_ = damaged_ || content.state == CheckpointSlot::State::kDamaged;
  if (content.state == CheckpointSlot::State::kNewer)
    return Status(Code::kUnsupported,
                  fmt::format("checkpoint format {} is newer than this program", content.version));
  if (content.state != CheckpointSlot::State::kWhole) return ok_status();
  slot.checkpoint = std::move(content.checkpoint);
  slot.sequence = content.sequence;
  return ok_status();
}

Status CheckpointFile::make_slots() {
  for (Slot& slot : slots_) {
    if (slot.file == nullptr) {
      OX_ASSIGN_OR_RETURN(slot.file, fs_.open(slot.path, FileSystem::Open::kOpenOrCreate));
    }
    Status status = reserve(slot, kSlotUnit);
    if (!status.ok() && status.code() != Code::kNoSpace) return status;
    OX_RETURN_IF_ERROR(slot.file->sync_data());
  }
  return fs_.sync_directory(directory_);
}

// Writes zeros behind what the file has: blocks that a later checkpoint need not ask for.
Status CheckpointFile::reserve(Slot& slot, std::uint64_t size) {
  std::string zeros(kSlotUnit, '\0');
  while (slot.size < size) {
    std::uint64_t written = 0;
    std::uint64_t step = std::min(size - slot.size, kSlotUnit);
    Status status =
        write_all(*slot.file, std::string_view(zeros).substr(0, step), slot.size, &written);
    slot.size += written;
    if (!status.ok()) return status.at(slot.path);
  }
  return ok_status();
}

Status CheckpointFile::write(const Checkpoint& checkpoint) {
  if (!failure_.ok()) return failure_;
  std::uint64_t sequence = slots_[current_slot_].sequence + 1;
  std::string bytes = encode_slot(checkpoint, sequence);
  Slot& slot = slots_[1 - current_slot_];
  // A slot that was outgrown gets room for the checkpoint to double, while there is room at all.
  Status status = ok_status();
  if (bytes.size() > slot.size) {
    status = reserve(slot, (2 * bytes.size() / kSlotUnit + 1) * kSlotUnit);
    if (status.code() == Code::kNoSpace && slot.size >= bytes.size()) status = ok_status();
  }
  // This slot never holds the checkpoint that counts. Bytes of an older one left behind the new
  // ones do no harm: the length says where the body ends.
  if (status.ok()) {
    slot.checkpoint.reset();
    status = write_all(*slot.file, bytes, 0);
    if (!status.ok()) status = status.at(slot.path);
  }
  if (status.ok()) {
    status = slot.file->sync_data();
    // After a failed fsync nothing is known of the slot, and a later one could lie about it.
    if (!status.ok()) status = Status(Code::kIo, slot.path + ": " + status.message());
  }
  if (!status.ok()) {
    if (status.code() != Code::kNoSpace) failure_ = status;
    return status;
  }
  slot.checkpoint = checkpoint;
  slot.sequence = sequence;
  current_slot_ = 1 - current_slot_;
  return ok_status();
}

}  // namespace ox
