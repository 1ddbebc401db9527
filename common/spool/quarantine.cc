#include "common/spool/quarantine.h"

#include <algorithm>

#include <fmt/format.h>

namespace ox {
namespace {

constexpr std::size_t kStep = 1 << 20;

// `name`, then `name`.1, `name`.2, ...
std::string numbered(const std::string& path, int n) {
  return n == 0 ? path : fmt::format("{}.{}", path, n);
}

Result<bool> same_bytes(File& a, std::uint64_t a_offset, std::uint64_t length, File& b) {
  OX_ASSIGN_OR_RETURN(FileInfo info, b.info());
  if (info.size != length) return false;
  for (std::uint64_t at = 0; at < length; at += kStep) {
    auto step = static_cast<std::size_t>(std::min<std::uint64_t>(length - at, kStep));
    OX_ASSIGN_OR_RETURN(std::string left, read_up_to(a, a_offset + at, step));
    OX_ASSIGN_OR_RETURN(std::string right, read_up_to(b, at, step));
    if (left != right) return false;
  }
  return true;
}

Status copy_bytes(File& from, std::uint64_t offset, std::uint64_t length, File& to) {
  for (std::uint64_t at = 0; at < length; at += kStep) {
    auto step = static_cast<std::size_t>(std::min<std::uint64_t>(length - at, kStep));
    OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(from, offset + at, step));
    OX_RETURN_IF_ERROR(write_all(to, bytes, at));
  }
  return to.sync_data();
}

}  // namespace

Result<std::string> Quarantine::copy(const DamagedRange& range) const {
  OX_ASSIGN_OR_RETURN(auto from, fs_.open(range.segment, FileSystem::Open::kRead));
  OX_ASSIGN_OR_RETURN(FileInfo info, from->info());
  // The range may reach over the end of a file that was cut.
  std::uint64_t offset = std::min(range.file_offset, info.size);
  std::uint64_t length = std::min(range.length, info.size - offset);
  if (length == 0) return std::string();
  OX_RETURN_IF_ERROR(fs_.make_directories(directory_));
  std::string name =
      join_path(directory_, fmt::format("{}.{}+{}", base_name(range.segment), offset, length));
  for (int n = 0;; ++n) {
    std::string path = numbered(name, n);
    auto file = fs_.open(path, FileSystem::Open::kCreate);
    if (file.status().code() == Code::kExists) {
      OX_ASSIGN_OR_RETURN(auto earlier, fs_.open(path, FileSystem::Open::kRead));
      OX_ASSIGN_OR_RETURN(bool same, same_bytes(*from, offset, length, *earlier));
      if (!same) continue;
      // It may have been in the page cache only.
      OX_RETURN_IF_ERROR(earlier->sync_data());
      OX_RETURN_IF_ERROR(fs_.sync_directory(directory_));
      return path;
    }
    if (!file.ok()) return file.status();
    Status status = copy_bytes(*from, offset, length, **file);
    if (status.ok()) status = fs_.sync_directory(directory_);
    if (status.ok()) return path;
    (void)fs_.remove(path);  // half a copy helps nobody
    return status.at(path);
  }
}

Result<std::string> Quarantine::take(const std::string& path) const {
  OX_RETURN_IF_ERROR(fs_.make_directories(directory_));
  std::string name = join_path(directory_, base_name(path));
  for (int n = 0;; ++n) {
    std::string to = numbered(name, n);
    auto taken = fs_.info(to);
    if (taken.ok()) continue;
    if (taken.status().code() != Code::kNotFound) return taken.status();
    OX_RETURN_IF_ERROR(fs_.rename(path, to));
    OX_RETURN_IF_ERROR(fs_.sync_directory(directory_));
    OX_RETURN_IF_ERROR(fs_.sync_directory(directory_of(path)));
    return to;
  }
}

}  // namespace ox
