#include "common/base/ports_line.h"

#include <fmt/format.h>

namespace ox {

std::string ports_line(const std::vector<std::pair<std::string, std::string>>& ports) {
  std::string line;
  // Addresses hold nothing that JSON escapes, but for a path of ipc://.
  for (const auto& [socket, address] : ports) {
    std::string escaped;
    for (char c : address) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
    line += fmt::format("{}\"{}\": \"{}\"", line.empty() ? "{" : ", ", socket, escaped);
  }
  return line + "}\n";
}

}  // namespace ox
