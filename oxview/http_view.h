#pragma once
// The log files of a directory over HTTP, until a signal comes. SIGHUP reads the files of users and
// tokens again.
#include "common/base/signals.h"
#include "common/base/status.h"
#include "oxview/http_view_options.h"

namespace ox {

// Error: it cannot begin; kInvalid is a wrong configuration. `signals` has those that end it.
Status serve_http(const HttpViewOptions& options, Signals& signals);

}  // namespace ox
