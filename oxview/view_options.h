#pragma once
// oxview's command line.
#include <string>
#include <variant>
#include <vector>

#include "common/base/address.h"
#include "common/base/log.h"
#include "oxview/file_view.h"
#include "oxview/printer.h"

namespace ox {

struct ViewOptions {
  enum class Mode { kStdin, kLive, kFiles };

  Mode mode = Mode::kStdin;
  Address control;      // kLive
  FileSelection files;  // kFiles
  TypePattern pattern;  // kLive
  PrintOptions print;
  LogLevel log_level = LogLevel::kWarning;
};

// What the command line says, or the code the program exits with: everything was said then.
// `stdin_is_terminal` and `today` (00:00 UTC) choose the defaults.
std::variant<ViewOptions, int> parse_view_options(int argc, const char* const* argv,
                                                  bool stdin_is_terminal, WallTime today);

}  // namespace ox
