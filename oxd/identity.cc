#include "oxd/identity.h"

namespace ox {

Result<Uuid> load_identity(FileSystem& fs, const std::string& directory) {
  if (directory.empty()) return Uuid::random();
  OX_RETURN_IF_ERROR(fs.make_directories(directory));
  std::string path = join_path(directory, "node");
  auto text = read_file(fs, path, 256);
  if (text.ok()) {
    while (!text->empty() && text->back() == '\n') text->pop_back();
    auto id = Uuid::parse(*text);
    if (!id.ok()) return Status(Code::kCorrupt, path + ": is not a node's identity");
    return id;
  }
  if (text.status().code() != Code::kNotFound) return text.status();

  // Written beside, synced and renamed, so that no crash leaves half an identity.
  Uuid id = Uuid::random();
  std::string fresh = path + ".new";
  if (Status status = fs.remove(fresh); !status.ok() && status.code() != Code::kNotFound)
    return status;
  OX_ASSIGN_OR_RETURN(auto file, fs.open(fresh, FileSystem::Open::kCreate));
  OX_RETURN_IF_ERROR(write_all(*file, id.to_string() + "\n", 0));
  OX_RETURN_IF_ERROR(file->sync_data());
  OX_RETURN_IF_ERROR(fs.rename(fresh, path));
  OX_RETURN_IF_ERROR(fs.sync_directory(directory));
  return id;
}

}  // namespace ox
