#pragma once
// A `.env` file: what the environment would say of a program that was started in this directory.
//
//   # comment
//   AUTH_TOKEN=t            the rest of the line, without blanks around it and without " # comment"
//   export LOG_FOLDER='/var/log/pbu'   in single quotes: as it is
//   NAME="a \"b\"\n"        in double quotes: with \n \r \t \\ \" \' \$
//
// Other variables are not put in ("${HOME}" is just that), and no value goes over several lines.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace ox {

class EnvFile {
 public:
  // Of a text: lines that are none of the above are left out, and complaints() has their numbers.
  static EnvFile parse(std::string_view text);
  // Of a file, or of nothing when there is none or it is a directory. Errors: kInvalid when
  // everybody may write it, or it is no file; kTooLarge; kIo.
  static Result<EnvFile> load(FileSystem& fs, const std::string& path);

  // The last value of a name.
  std::optional<std::string> find(std::string_view name) const;
  // "line 3: ...", without a word of what stands there.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> complaints_;
};

}  // namespace ox
