#pragma once
#include <map>
#include <optional>

#include "common/base/file_system.h"
#include "common/ingest/event_sink.h"

namespace ox {

// Which source reads which file, so that no file is read twice: not under two names, and not when
// rotation moves it from one followed path to another. One thread.
class FileClaims {
 public:
  // False when another source has it.
  bool claim(FileId file, SourceNumber source) {
    return owners_.try_emplace(file, source).first->second == source;
  }
  void release(FileId file) { owners_.erase(file); }
  std::optional<SourceNumber> owner(FileId file) const {
    auto it = owners_.find(file);
    return it == owners_.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  std::map<FileId, SourceNumber> owners_;
};

}  // namespace ox
