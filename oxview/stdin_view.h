#pragma once
#include "common/base/signals.h"
#include "common/base/status.h"
#include "oxview/output.h"
#include "oxview/printer.h"

namespace ox {

// Prints the concatenated MessagePack events that `fd` gives, until its end, the output's end or a
// signal. An event that is only half there at the end is none.
// Errors: kCorrupt and kTooLarge, with the offset of the damage; kIo.
Status view_stream(int fd, Signals& signals, Output& output, Printer& printer);

}  // namespace ox
