#include "common/store/log_files.h"

namespace ox {

Result<LogFiles::Restored> LogFiles::restore(std::string_view listing, bool gapless) {
  OX_CHECK(files_.empty());
  OX_ASSIGN_OR_RETURN(std::vector<ListedFile> recorded, decode_listing(listing));
  Restored restored;
  for (const ListedFile& file : recorded) {
    if (Status status = restore_file(file, gapless, restored); !status.ok()) return counted(status);
  }
  return restored;
}

Status LogFiles::restore_file(const ListedFile& recorded, bool gapless, Restored& restored) {
  std::string path = join_path(options_.directory, recorded.path);
  auto opened = fs_.open(path, FileSystem::Open::kWrite);
  if (!opened.ok()) {
    if (opened.status().code() != Code::kNotFound) return opened.status();
    restored.missing.push_back(recorded.path);
    return ok_status();
  }
  File& file = **opened;
  OX_ASSIGN_OR_RETURN(FileInfo info, file.info());
  bool same = info.is_regular && info.id.inode == recorded.inode;
  if (same && info.size < recorded.length) {
    restored.shorter.push_back(recorded.path);
    return ok_status();
  }
  if (same) {
    auto crc = tail_crc(file, recorded.length);
    if (!crc.ok()) return crc.status().at(path);
    same = *crc == recorded.tail_crc;
  }
  if (!same || !gapless) {
    bool has_more = same ? info.size > recorded.length : info.size > 0;
    if (has_more) restored.possible_duplicates.push_back(recorded.path);
    return ok_status();
  }
  if (info.size > recorded.length) {
    OX_RETURN_IF_ERROR(file.truncate(recorded.length));
    OX_RETURN_IF_ERROR(file.sync_data());
    restored.cut_files += 1;
    restored.cut_bytes += info.size - recorded.length;
  }
  // It may be written at once: the stored listing has it with this length.
  auto adopted = std::make_unique<LogFileWriter>(fs_, options_.directory, recorded.path);
  adopted->adopt(info.id, recorded);
  adopted->listed = true;
  adopted->last_write = clock_.mono();
  files_.emplace(recorded.path, std::move(adopted));
  return file.close();
}

}  // namespace ox
