#pragma once
// The files that rotation leaves beside a log: which of them is the one we knew, and which came
// after it.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/ingest/file_position.h"

namespace ox {

struct RotatedFile {
  std::string path;
  FileInfo info;
};

// True for the names that log rotation gives to old files of `base`: "<base>.1", "<base>-20240131",
// "<base>.2024-01-31T10:00:00", and, for base = "app.log", "app-20240131.log" and "app.1.log".
// Compressed files are none: their bytes are not the log's.
bool is_rotated_name(std::string_view name, std::string_view base);

// Opens the file `mark` was made in, wherever it is now in the directory of `path`, `path` itself
// first: the same id, not shorter than the offset, the same first bytes. Error: kNotFound.
Result<std::unique_ptr<File>> open_marked(FileSystem& fs, const std::string& path,
                                          const FileMark& mark);

// Rotated files of `path` that were written after `known` and are not it: what was rotated away
// before we ever saw it at `path`. Oldest first.
std::vector<RotatedFile> rotated_after(FileSystem& fs, const std::string& path,
                                       const FileInfo& known);

}  // namespace ox
