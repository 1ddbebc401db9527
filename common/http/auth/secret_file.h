#pragma once
// Reads a file that protects something, and looks at who else may read or write it.
// A file that everybody may write is refused in every case; so is one that everybody may read, when
// it has secrets in clear (tokens, shared keys). One with stretched passwords only earns a warning:
// files of systems that never cared are often like that. The group's rights are the administrator's
// business. Symbolic links are followed, as mounted secrets often are.
#include <cstddef>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace ox {

enum class Contents { kSecrets, kStretchedPasswords };

struct SecretFile {
  std::string text;
  std::string warning;  // one line that names the file; "" when there is nothing to say
};

inline constexpr std::size_t kMaxSecretFile = 1 << 20;  // bytes

// Errors name the file: kNotFound, kIo, kTooLarge; kInvalid when it is no regular file or others
// have too many rights.
Result<SecretFile> read_secret_file(FileSystem& fs, const std::string& path, Contents contents);

}  // namespace ox
