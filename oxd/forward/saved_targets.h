#pragma once
// The targets that were set while the node ran (oxctl forward), kept in the file `targets` of its
// state so that they outlive a restart. They hold as long as the configuration names the list that
// they took the place of: who changes the configuration means it.
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/link/target.h"

namespace ox {

class SavedTargets {
 public:
  // An empty `directory` keeps nothing. `fs` must outlive it.
  SavedTargets(FileSystem& fs, const std::string& directory);

  // The targets to begin with when the configuration names `configured`. Errors: kIo; kCorrupt for
  // a file that holds something else.
  Result<std::vector<Target>> load(const std::vector<Target>& configured) const;
  // `running` took the place of `configured`; the same list as that forgets the former. Synced.
  Status save(const std::vector<Target>& configured, const std::vector<Target>& running) const;

 private:
  FileSystem& fs_;
  std::string path_;  // "" keeps nothing
};

// The same peers in the same order, and the same of them optional.
bool same_targets(const std::vector<Target>& a, const std::vector<Target>& b);

}  // namespace ox
