#include "tests/support/source_path.h"

std::string ox::source_path(std::string_view file) {
  return std::string(OX_SOURCE_DIR "/").append(file);
}
