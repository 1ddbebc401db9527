#pragma once
// Replaces a log file that is not written any more by a compressed one, `<path>.zst`
// (seekable_zstd.h), which is read back before the log file goes. A crash at any time leaves the
// log file, or both, of which readers take one (covers()), or the compressed one; never none.
// Events that cut-offs hide (cutoffs.h) are left out; what the `.zst` held already is looked
// through for them as well.
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/cutoffs.h"
#include "common/store/seekable_zstd.h"

namespace ox {

// What a compressed log file has behind its name while it is written. Such a file may be removed at
// any time when nobody is compressing.
inline constexpr std::string_view kPartSuffix = ".zst.part";

// A compressed log file, whole and synced, under a name that nobody reads yet.
struct CompressedLog {
  std::string path;                    // of the log file
  FileInfo source;                     // as it was compressed
  bool done_before = false;            // its .zst has all of it already: only the log file is to go
  std::uint64_t compressed_bytes = 0;  // of the whole .zst
  std::uint64_t left_out = 0;          // events
};

// Compresses the log file at `path`; what a `.zst` beside it holds already comes first. `cutoffs`:
// those of the log directory that there are as long as nobody makes new ones, until it is
// installed. Takes as long as reading, compressing and reading back do; asks `go_on` now and then,
// and gives up with kUnavailable when that says false. Threading: any.
// Errors: kNotFound; kInvalid (no regular file; the `.zst` beside it has no seek table, so that
// nothing may be appended); kCorrupt (what was written reads back otherwise); kIo, kNoSpace.
Result<CompressedLog> compress_log(FileSystem& fs, const std::string& path, const Cutoffs& cutoffs,
                                   const std::function<bool()>& go_on);

// Puts it in the log file's place; quick. The caller makes sure that nobody writes the log file.
// Errors: kUnavailable (the log file has changed since: the new file is thrown away); kIo.
Status install_compressed(FileSystem& fs, const CompressedLog& compressed);

// Throws it away instead.
void discard_compressed(FileSystem& fs, const CompressedLog& compressed);

// Whether the compressed file was made of this log file as it stands, by length and CRC: a reader
// takes only the compressed one then. Another one was written since: both are to be read.
Result<bool> covers(FileSystem& fs, const std::string& compressed_path,
                    const std::string& log_path);

// What compressions that were stopped by a crash have left below a log directory: unfinished files
// are removed, and log files that are covered. Before anybody writes there: a covered file that is
// written again would no longer be known as covered. Errors: kIo.
Status finish_compressions(FileSystem& fs, const std::string& directory);

}  // namespace ox
