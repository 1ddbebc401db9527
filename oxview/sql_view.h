#pragma once
#include <string>

#include "common/base/file_system.h"
#include "common/query/event_query.h"
#include "oxview/file_view.h"
#include "oxview/output.h"

namespace ox {

// Prints the rows of a SELECT, a line of JSON each: over the files selected, or over a stream; a signal
// ends the stream first, and so has rows printed that need all events. What cannot be read is named
// on the log, and the other files are gone on with; so is what is wrong with the SELECT. Returns the
// code the program exits with.
int view_sql(FileSystem& fs, const FileSelection& selection, const std::string& select,
             Output& output);
int view_sql(EventStream& stream, const std::string& select, Output& output);

}  // namespace ox
