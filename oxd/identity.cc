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

  Uuid id = Uuid::random();
  OX_RETURN_IF_ERROR(replace_file(fs, path, id.to_string() + "\n"));
  return id;
}

}  // namespace ox
