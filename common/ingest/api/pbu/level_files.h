#pragma once
// The files of the PBU log server: one folder, in it one file for each level, a line or a few for
// each record.
//
//   layout kSeed    info.log is written; the first line of a new day, in local time, first renames
//                   it (and its siblings) to info.log.<the day that it is of>, and the oldest beyond
//                   30 of a level are removed
//   layout kDated   info_<day>.log is written; nothing is ever removed
//
// Several processes may write the same folder. Every write and every rename is done under an
// exclusive flock(2) of `.oxingest-day` in it, which holds the day that the live files are of; each
// write is a single one with O_APPEND, taken back when the disk took only a part of it. So lines are
// never torn and never written to a file that has been renamed meanwhile, and a process that is
// killed at any point leaves nothing that the next one could not go on with: at worst the beginning
// of a line, behind which the next one starts a new line.
// A live file that is a symbolic link or a device (`info.log -> /dev/stdout`) is written, but never
// renamed. Somebody else may remove or rename files, or the folder, at any time: both are made again.
// Durability: the page cache; nothing is synced. The events themselves are safe elsewhere.
// Threading: one thread. Blocks for as long as the disk or another process does.
#include <array>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/ingest/api/pbu/pbu_level.h"

namespace ox {

class LevelFiles {
 public:
  static constexpr std::size_t kKeptDays = 30;

  // Makes the folder when it is missing. Error: kIo, naming it.
  static Result<LevelFiles> open(std::string folder, PbuLayout layout, const Clock& clock);

  struct Outcome {
    PbuLevelMap<Status> written;  // an error: nothing of that level's text is in its file
    Status rotated;               // an error: a file could not be renamed or removed, and goes on
  };
  // Appends to each level's file what is for it: whole lines, "" for none.
  Outcome append(const PbuLevelMap<std::string>& text);

 private:
  LevelFiles(std::string folder, PbuLayout layout, const Clock& clock);

  Status lock();
  void unlock();
  Status rotate(const std::string& today);
  Status rename_all(const std::string& day, const std::string& today);
  Status rename_live(const std::string& name, const std::string& day, const std::string& today);
  Status remove_old();
  Status append(PbuLevel level, const std::string& today, std::string_view text);
  std::string live_name(PbuLevel level, const std::string& today) const;
  std::string path(std::string_view name) const;

  std::string folder_;
  PbuLayout layout_;
  const Clock* clock_;
  UniqueFd day_file_;
};

}  // namespace ox
