#pragma once
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/filter/type_pattern.h"
#include "oxview/output.h"
#include "oxview/printer.h"

namespace ox {

struct FileSelection {
  std::string directory;
  TypePattern pattern;
  WallTime first{};  // both inclusive, UTC
  WallTime last{};
};

// Prints the events in the log files selected. What cannot be read is named on the log, and the
// other files are gone on with. Returns false when that happened, or when no file was found.
bool view_files(FileSystem& fs, const FileSelection& selection, Output& output, Printer& printer);

}  // namespace ox
