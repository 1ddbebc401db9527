#pragma once
// How far the outputs of a disk spool had come: two slots (the files checkpoint.0 and checkpoint.1),
// written in turn, each with a sequence number and a CRC. The valid slot with the higher number counts,
// so a crash while one is written leaves the other. Byte table in docs/spool.md.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/uuid.h"
#include "common/spool/segment.h"

namespace ox {

struct Checkpoint {
  Uuid spool_id;
  Position committed = 0;                   // the dedup snapshot covers every record before this
  Position store_position = 0;              // the store's bytes are as of this position
  std::map<std::string, Position> cursors;  // released by each named cursor
  Micros uptime{};                          // the node's accumulated uptime
  std::string dedup;                        // Dedup::snapshot()
  std::string store;                        // opaque: the log files' listing
};

// Threading: one thread.
class CheckpointFile {
 public:
  // Opens the slots in `directory`, made when missing. Errors: kIo; kUnsupported for a newer format.
  static Result<std::unique_ptr<CheckpointFile>> open(FileSystem& fs, const std::string& directory);

  // The newest valid checkpoint, if there is one. damaged() tells that a slot held bytes that are none.
  const Checkpoint* current() const { return has_current_ ? &current_ : nullptr; }
  bool damaged() const { return damaged_; }

  // Writes the other slot and syncs it. After an error the former checkpoint still counts.
  Status write(const Checkpoint& checkpoint);

 private:
  CheckpointFile() = default;
  Status load(std::size_t slot);

  std::array<std::unique_ptr<File>, 2> slots_;
  Checkpoint current_;
  bool has_current_ = false;
  bool damaged_ = false;
  std::uint64_t sequence_ = 0;  // of current_; the next one goes to slot (sequence_ + 1) % 2
};

}  // namespace ox
