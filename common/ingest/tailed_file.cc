#include "common/ingest/tailed_file.h"

#include <algorithm>

namespace ox {
namespace {

constexpr std::size_t kBeforeBytes = 64;

}  // namespace

TailedFile::TailedFile(std::unique_ptr<File> file, const FileInfo& info, bool mid_line,
                       std::size_t max_line)
    : last_at_path(info),
      file_(std::move(file)),
      id_(info.id),
      lines_(max_line, mid_line),
      known_size_(info.size) {}

Result<std::unique_ptr<TailedFile>> TailedFile::start(std::unique_ptr<File> file,
                                                      std::uint64_t offset, bool mid_line,
                                                      std::size_t max_line) {
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  OX_ASSIGN_OR_RETURN(std::string head, read_head(*file));
  std::uint64_t before = std::min<std::uint64_t>(offset, kBeforeBytes);
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*file, offset - before, before));
  std::unique_ptr<TailedFile> out(new TailedFile(std::move(file), info, mid_line, max_line));
  out->fingerprint_ = Fingerprint::of(head);
  out->read_offset_ = offset;
  out->before_ = std::move(bytes);
  return out;
}

TailedFile::Read TailedFile::failed(Status status) {
  status_ = std::move(status);
  return Read::kFailed;
}

bool TailedFile::same_before(std::string_view there) const {
  if (there == before_) return true;
  for (std::size_t i = 0; i < before_.size(); ++i)
    if (before_[i] != '\0' && before_[i] != there[i]) return false;
  return true;
}

TailedFile::Read TailedFile::read_some(std::string& scratch) {
  if (rewritten_) return Read::kRewritten;
  auto info = file_->info();
  if (!info.ok()) return failed(info.status());
  known_size_ = info->size;
  auto rewritten = [this] {
    rewritten_ = true;
    status_ = ok_status();
    return Read::kRewritten;
  };
  if (info->size < read_offset_) return rewritten();
  if (info->size == read_offset_ && info->modified == end_seen_) {
    status_ = ok_status();
    return Read::kEnd;
  }

  auto head = read_head(*file_);
  if (!head.ok()) return failed(head.status());
  if (!fingerprint_.matches(*head)) return rewritten();
  if (fingerprint_.bytes < Fingerprint::kMaxBytes) fingerprint_ = Fingerprint::of(*head);

  std::uint64_t ahead = info->size - read_offset_;
  std::size_t want = before_.size() + std::min<std::uint64_t>(ahead, kReadBytes);
  if (scratch.size() < want) scratch.resize(kBeforeBytes + kReadBytes);
  auto n = file_->read_at(scratch.data(), want, read_offset_ - before_.size());
  if (!n.ok()) return failed(n.status());
  status_ = ok_status();
  std::string_view got(scratch.data(), *n);
  if (got.size() < before_.size() || !same_before(got.substr(0, before_.size())))
    return rewritten();
  std::string_view fresh = got.substr(before_.size());
  if (fresh.empty()) {
    // Only a look that found the length unchanged has seen this modification.
    if (ahead == 0) end_seen_ = info->modified;
    return Read::kEnd;
  }
  lines_.append(fresh);
  read_offset_ += fresh.size();
  before_ = got.substr(got.size() - std::min(got.size(), kBeforeBytes));
  return Read::kData;
}

void TailedFile::restart() {
  lines_.clear();
  lines_.release();
  read_offset_ = 0;
  before_.clear();
  fingerprint_ = {};
  end_seen_ = WallTime(-1);
  rewritten_ = false;
}

void TailedFile::replace(std::unique_ptr<File> file) {
  file_ = std::move(file);
  status_ = ok_status();
}

FileMark TailedFile::mark() const {
  // Of a rewritten file nothing that was read is there any more.
  if (rewritten_) return {id_, 0, false, {}};
  return {id_, read_offset_ - lines_.size(), lines_.mid_line(), fingerprint_};
}

std::uint64_t TailedFile::lag() const {
  std::uint64_t taken = read_offset_ - lines_.size();
  return known_size_ > taken ? known_size_ - taken : 0;
}

}  // namespace ox
