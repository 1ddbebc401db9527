// Only in the shared library: what oxd would log about its links, an application learns from
// stats(). A library writes nothing to its program's stderr.
#include <string_view>

#include "common/base/log.h"

namespace ox {

static const bool kQuiet = [] {
  set_log_sink([](LogLevel, std::string_view) {});
  return true;
}();

}  // namespace ox
