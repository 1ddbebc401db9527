#pragma once
// A file with this content and these rights, whatever the umask; gives its path back.
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace ox {

inline std::string written_file(const std::string& path, const std::string& text,
                                mode_t mode = 0600) {
  {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    REQUIRE(out.flush());
  }
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

}  // namespace ox
