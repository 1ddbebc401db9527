#pragma once
// How far the outputs of a disk spool had come: two slots (the files checkpoint.0 and
// checkpoint.1), written in turn, each with a sequence number and a CRC. The valid slot with the
// higher number counts, so a crash while one is written leaves the other. Byte table in
// docs/spool.md.
//
// Slots are made larger than what is written into them, so that a full disk can still take the
// checkpoint that frees space.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/uuid.h"
#include "common/spool/segment.h"

namespace ox {

struct Checkpoint {
  struct Cursor {
    Position released = 0;
    std::uint64_t events_before = 0;  // in all records of the spool before `released`
    bool operator==(const Cursor&) const = default;
  };

  Uuid spool_id;
  Position committed = 0;                 // the dedup snapshot covers every record before this
  Position store_position = 0;            // the store's bytes are as of this position
  std::map<std::string, Cursor> cursors;  // by name
  Micros uptime{};                        // the node's accumulated uptime
  std::string dedup;                      // Dedup::snapshot(), whatever the version of the slot
  std::string store;                      // opaque: the log files' listing

  bool operator==(const Checkpoint&) const = default;

  Position floor() const;    // records before this are not needed to go on from here
  Position highest() const;  // a spool that ends before this has lost records
};

// What the bytes of a slot are.
struct CheckpointSlot {
  enum class State {
    kBlank,    // nothing was ever written
    kWhole,    // a checkpoint
    kDamaged,  // bytes that are none
    kNewer,    // one of a newer format
  };
  State state = State::kBlank;
  std::uint32_t version = 0;
  std::uint64_t sequence = 0;  // of two whole slots the one with the higher number counts
  Checkpoint checkpoint;       // when kWhole
};
CheckpointSlot decode_checkpoint_slot(std::string_view bytes);
// "checkpoint.0" and "checkpoint.1".
std::string checkpoint_slot_name(std::size_t slot);

// Threading: one thread.
class CheckpointFile {
 public:
  // Reads the slots in `directory`; nothing is changed. Errors: kIo; kUnsupported for a newer
  // format.
  static Result<std::unique_ptr<CheckpointFile>> open(FileSystem& fs, const std::string& directory);

  // The newest valid checkpoint, if there is one. damaged() tells that a slot held bytes that are
  // none.
  const Checkpoint* current() const { return of_slot(current_slot_); }
  // The one before it, when its slot is valid as well.
  const Checkpoint* former() const { return of_slot(1 - current_slot_); }
  bool damaged() const { return damaged_; }
  // Both slots are there and have never held a checkpoint: none can have been lost.
  bool never_written() const { return slots_[0].blank && slots_[1].blank; }

  // Makes the slots that are missing, synced, and gives them their size as far as the disk has
  // room. To be called once before the first write(). Error: kIo.
  Status make_slots();
  // Writes the other slot and syncs it. After an error the former checkpoint still counts. Errors:
  // kNoSpace may be tried again; after any other every later write() fails as well.
  Status write(const Checkpoint& checkpoint);

 private:
  struct Slot {
    std::string path;
    std::unique_ptr<File> file;
    std::uint64_t size = 0;      // of the file
    std::uint64_t sequence = 0;  // of the checkpoint in it
    bool blank = false;          // was there, and held nothing but zeros
    std::optional<Checkpoint> checkpoint;
  };

  CheckpointFile(FileSystem& fs, std::string directory)
      : fs_(fs), directory_(std::move(directory)) {}
  Status load(Slot& slot);
  Status reserve(Slot& slot, std::uint64_t size);
  const Checkpoint* of_slot(std::size_t slot) const {
    return slots_[slot].checkpoint ? &*slots_[slot].checkpoint : nullptr;
  }

  FileSystem& fs_;
  const std::string directory_;
  std::array<Slot, 2> slots_;
  std::size_t current_slot_ = 0;
  bool damaged_ = false;
  Status failure_;
};

}  // namespace ox
