#include "common/store/log_file_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/crc32c.h"

namespace ox {
namespace {

Status gone(std::string_view path, std::string_view how) {
  return Status(Code::kNotFound, fmt::format("{} {}", path, how));
}

}  // namespace

Result<std::uint32_t> tail_crc(File& file, std::uint64_t length) {
  std::uint64_t size = std::min(length, kListedTailBytes);
  OX_ASSIGN_OR_RETURN(std::string tail, read_up_to(file, length - size, size));
  if (tail.size() < size)
    return Status(Code::kNotFound, fmt::format("there are no {} bytes", length));
  return crc32c(tail);
}

LogFileWriter::LogFileWriter(FileSystem& fs, const std::string& directory, std::string path)
    : fs_(fs), path_(std::move(path)), full_path_(join_path(directory, path_)) {}

Status LogFileWriter::attach() {
  OX_ASSIGN_OR_RETURN(auto file, fs_.open(full_path_, FileSystem::Open::kOpenOrCreate));
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  if (!info.is_regular)
    return Status(Code::kIo, fmt::format("{} is not an ordinary file", full_path_));
  // The listing will say that these bytes are there; another program may have left them unsynced.
  if (info.size > 0) OX_RETURN_IF_ERROR(file->sync_data());
  auto crc = tail_crc(*file, info.size);
  if (!crc.ok()) return Status(Code::kIo, crc.status().at(full_path_).message());
  file_ = std::move(file);
  attached_ = true;
  id_ = info.id;
  written_ = synced_ = info.size;
  writeback_.begin(synced_);
  synced_crc_ = *crc;
  return ok_status();
}

void LogFileWriter::adopt(const FileId& id, const ListedFile& recorded) {
  attached_ = true;
  id_ = id;
  written_ = synced_ = recorded.length;
  writeback_.begin(synced_);
  synced_crc_ = recorded.tail_crc;
}

Status LogFileWriter::open() {
  OX_ASSIGN_OR_RETURN(auto file, fs_.open(full_path_, FileSystem::Open::kWrite));
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  if (info.id != id_) return gone(full_path_, "was replaced by another file");
  if (info.size < written_) return gone(full_path_, "was cut short");
  file_ = std::move(file);
  return ok_status();
}

Status LogFileWriter::close() {
  auto file = std::move(file_);
  return file->close();
}

void LogFileWriter::detach() {
  file_.reset();
  attached_ = false;
  listed = false;
  written_ = synced_ = 0;
  writeback_.begin(0);
}

Status LogFileWriter::check_whole() {
  OX_ASSIGN_OR_RETURN(FileInfo info, file_->info());
  if (info.links == 0) return gone(full_path_, "was removed");
  // Writing on would leave a hole, which is no event.
  if (info.size < written_) return gone(full_path_, "was cut short");
  return ok_status();
}

Status LogFileWriter::write(EventBuffer::Taken& taken) {
  taken = {};
  OX_RETURN_IF_ERROR(check_whole());
  std::uint64_t done = 0;
  Status status = write_all(*file_, buffer_.bytes(), written_, &done);
  taken = buffer_.take_front(done);
  written_ += taken.bytes;
  if (!status.ok() && done > taken.bytes) {
    // Half an event at the end would look like damage to readers.
    if (Status cut = file_->truncate(written_); !cut.ok()) return cut;
  }
  writeback_.written(*file_, written_);
  return status;
}

Status LogFileWriter::sync() {
  OX_RETURN_IF_ERROR(check_whole());
  OX_RETURN_IF_ERROR(file_->sync_data());
  auto crc = tail_crc(*file_, written_);
  if (!crc.ok()) return crc.status().at(full_path_);
  next_crc_ = *crc;
  return ok_status();
}

void LogFileWriter::accept_sync() {
  synced_ = written_;
  writeback_.begin(synced_);
  synced_crc_ = next_crc_;
}

Status LogFileWriter::revert() {
  OX_RETURN_IF_ERROR(check_whole());
  OX_RETURN_IF_ERROR(file_->truncate(synced_));
  written_ = synced_;
  writeback_.begin(synced_);
  return ok_status();
}

bool LogFileWriter::unchanged() {
  auto info = fs_.info(full_path_);
  if (!info.ok()) return info.status().code() != Code::kNotFound;
  if (info->id != id_) return false;
  return info->size >= written_;
}

void LogFileWriter::cut_to_synced() {
  auto info = fs_.info(full_path_);
  if (!info.ok() || info->id != id_ || info->size <= synced_) return;
  // A failure leaves events that the replay then repeats: better than to lose some.
  auto file = fs_.open(full_path_, FileSystem::Open::kWrite);
  if (file.ok()) (*file)->truncate(synced_).ok();
}

ListedFile LogFileWriter::listed_as() const { return {path_, id_.inode, synced_, synced_crc_}; }

}  // namespace ox
