#include "common/base/file_system.h"

#include <algorithm>

#include <boost/filesystem/path.hpp>
#include <fmt/format.h>

namespace ox {

Status write_all(File& file, std::span<const std::string_view> parts, std::uint64_t offset,
                 std::uint64_t* written) {
  std::vector<std::string_view> left(parts.begin(), parts.end());
  std::size_t first = 0;
  std::uint64_t done = 0;
  if (written != nullptr) *written = 0;
  while (true) {
    while (first < left.size() && left[first].empty()) ++first;
    if (first == left.size()) return ok_status();
    auto n = file.write_at(std::span(left).subspan(first), offset + done);
    if (!n.ok()) return n.status();
    if (*n == 0) return Status(Code::kIo, "a write made no progress");
    done += *n;
    if (written != nullptr) *written = done;
    std::size_t skip = *n;
    while (skip > 0) {
      std::size_t step = std::min(skip, left[first].size());
      left[first].remove_prefix(step);
      skip -= step;
      if (left[first].empty()) ++first;
    }
  }
}

Status write_all(File& file, std::string_view bytes, std::uint64_t offset, std::uint64_t* written) {
  return write_all(file, std::span(&bytes, 1), offset, written);
}

Result<std::size_t> read_up_to(File& file, std::uint64_t offset, char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    OX_ASSIGN_OR_RETURN(std::size_t n, file.read_at(out + done, size - done, offset + done));
    if (n == 0) break;
    done += n;
  }
  return done;
}

Result<std::string> read_up_to(File& file, std::uint64_t offset, std::size_t size) {
  std::string out(size, '\0');
  OX_ASSIGN_OR_RETURN(std::size_t done, read_up_to(file, offset, out.data(), size));
  out.resize(done);
  return out;
}

static constexpr std::size_t kFirstRead = 4096;  // doubled with each further one

Result<std::string> read_file(FileSystem& fs, const std::string& path, std::size_t limit) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kRead));
  std::string content;
  while (content.size() <= limit) {
    std::size_t step = std::min(std::max(kFirstRead, content.size()), limit + 1 - content.size());
    auto chunk = read_up_to(*file, content.size(), step);
    if (!chunk.ok()) return chunk.status().at(path);
    content += *chunk;
    if (chunk->size() < step) return content;
  }
  return Status(Code::kTooLarge, fmt::format("{} has more than {} bytes", path, limit));
}

Status replace_file(FileSystem& fs, const std::string& path, std::string_view bytes) {
  std::string fresh = path + ".new";
  if (Status status = fs.remove(fresh); !status.ok() && status.code() != Code::kNotFound)
    return status;
  OX_ASSIGN_OR_RETURN(auto file, fs.open(fresh, FileSystem::Open::kCreate));
  OX_RETURN_IF_ERROR(write_all(*file, bytes, 0));
  OX_RETURN_IF_ERROR(file->sync_data());
  OX_RETURN_IF_ERROR(fs.rename(fresh, path));
  return fs.sync_directory(directory_of(path));
}

std::string join_path(std::string_view directory, std::string_view name) {
  return (boost::filesystem::path(std::string(directory)) / std::string(name)).string();
}

std::string directory_of(std::string_view path) {
  std::string parent = boost::filesystem::path(std::string(path)).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string base_name(std::string_view path) {
  return boost::filesystem::path(std::string(path)).filename().string();
}

}  // namespace ox
