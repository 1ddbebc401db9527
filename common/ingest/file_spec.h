#pragma once
// What `-F [type:]path` asks for.
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

struct FileSpec {
  std::string type;
  std::string path;

  // A type is split off at the first ':' when no '/' is left of it. Without one the type is
  // "oxingest." and the file's name up to its first dot: /var/log/syslog -> oxingest.syslog.
  // Error: kInvalid, one line that names `text`.
  static Result<FileSpec> parse(std::string_view text);

  bool operator==(const FileSpec&) const = default;
};

// Absolute, without "." and "..", but with symbolic links as they are: what they lead to changes
// with rotation.
std::string absolute_path(const std::string& path);

}  // namespace ox
