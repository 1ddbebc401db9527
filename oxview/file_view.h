#pragma once
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/store/event_conditions.h"
#include "oxview/output.h"
#include "oxview/printer.h"
#include "oxview/search_progress.h"
#include "proto/type_pattern.h"

namespace ox {

struct FileSelection {
  std::string directory;
  TypePattern pattern;
  EventConditions conditions;  // what every event to be printed fulfils, but for the pattern
  WallTime first{};            // both inclusive, UTC
  WallTime last{};
  bool newest_first = false;
};

// Prints the events in the log files selected. What cannot be read is named on the log, and the
// other files are gone on with. Returns false when that happened, or when no file was found.
// progress: told how far it has come; may be nullptr.
bool view_files(FileSystem& fs, const FileSelection& selection, Output& output, Printer& printer,
                SearchProgress* progress = nullptr);

}  // namespace ox
