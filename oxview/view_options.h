#pragma once
// oxview's command line.
#include <string>
#include <variant>
#include <vector>

#include "common/base/address.h"
#include "common/base/log.h"
#include "oxview/file_view.h"
#include "oxview/http_view_options.h"
#include "oxview/printer.h"
#include "oxview/query_options.h"

namespace ox {

struct ViewOptions {
  enum class Mode { kStdin, kLive, kFiles, kFollow, kHttp };

  Mode mode = Mode::kStdin;
  Address control;         // kLive, kFollow
  FileSelection files;     // kFiles, kFollow
  TypePattern pattern;     // kLive
  HttpViewOptions http;    // kHttp
  QueryViewOptions query;  // with `sql`, rows of it are shown in place of events
  PrintOptions print;
  bool pager = true;     // kFiles: for what is longer than the terminal
  bool progress = true;  // kFiles
  LogLevel log_level = LogLevel::kWarning;
};

// What the command line says, or the code the program exits with: everything was said then.
// `stdin_is_terminal` and `today` (00:00 UTC) choose the defaults.
std::variant<ViewOptions, int> parse_view_options(int argc, const char* const* argv,
                                                  bool stdin_is_terminal, WallTime today);

}  // namespace ox
