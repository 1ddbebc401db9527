#include "common/http/auth/secret_file.h"

#include <fmt/format.h>

namespace ox {

static constexpr std::uint32_t kOthersRead = 04;
static constexpr std::uint32_t kOthersWrite = 02;

Result<SecretFile> read_secret_file(FileSystem& fs, const std::string& path, Contents contents) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kReadFollow));
  // Of the file that was opened: the name may mean another one by now.
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  if (!info.is_regular) return Status(Code::kInvalid, path + ": is not a regular file");
  if ((info.permissions & kOthersWrite) != 0)
    return Status(Code::kInvalid,
                  fmt::format("{}: everybody may write it (mode {:04o}): chmod o-w it", path,
                              info.permissions));
  SecretFile out;
  if ((info.permissions & kOthersRead) != 0) {
    std::string complaint = fmt::format("{}: everybody may read it (mode {:04o}): chmod o-r it",
                                        path, info.permissions);
    if (contents == Contents::kSecrets) return Status(Code::kInvalid, complaint);
    out.warning = std::move(complaint);
  }
  OX_ASSIGN_OR_RETURN(out.text, read_up_to(*file, 0, kMaxSecretFile + 1));
  if (out.text.size() > kMaxSecretFile)
    return Status(Code::kTooLarge, fmt::format("{}: has more than {} bytes", path, kMaxSecretFile));
  return out;
}

}  // namespace ox
