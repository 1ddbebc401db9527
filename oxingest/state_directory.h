#pragma once
// Where oxingest keeps what must outlive it: a journal for each followed path, in a directory of
// its own under the state directory (docs/ingest-state.md).
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/ingest/file_journal.h"
#include "oxingest/options.h"

namespace ox {

// Of whoever runs this: $STATE_DIRECTORY (systemd sets it; the first of several), or
// $XDG_STATE_HOME/oxingest, or /var/lib/oxingest for root, or ~/.local/state/oxingest. Error:
// kInvalid, when there is none of these.
Result<std::string> usual_state_directory();

// "<name of the file>-<16 hex digits>": the same for the same absolute path, and for no other.
std::string journal_name(const std::string& absolute_path);

// What the files of `options` need: nothing when nothing is kept.
struct IngestState {
  std::string directory;                               // "": nothing is kept
  std::vector<std::unique_ptr<FileJournal>> journals;  // one for each of options.files

  // Opens the journals. Errors, each one line that names the path: kNotFound (a file that was never
  // followed is not there), kExists (another
  // oxingest follows one of the files), kUnsupported, kInvalid, kIo, kNoSpace.
  static Result<IngestState> open(FileSystem& fs, const IngestOptions& options, const Clock& clock);
  // What --spool-path needs: one journal, of no file. Nothing without it. Errors likewise.
  static Result<IngestState> open_spool(FileSystem& fs, const IngestOptions& options,
                                        const Clock& clock);
};

}  // namespace ox
