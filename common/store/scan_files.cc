#include "common/store/scan_files.h"

#include <algorithm>
#include <utility>

#include "common/store/cutoffs.h"

namespace ox {
namespace {

std::string_view without_compression_suffix(std::string_view path, Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return path.substr(0, path.size() - 3);
    case Compression::kBzip2:
    case Compression::kZstd:
      return path.substr(0, path.size() - 4);
    case Compression::kNone:
      break;
  }
  return path;
}

}  // namespace

ScanFiles::ScanFiles(FileSystem& fs, std::string directory, EventConditions conditions,
                     ScanOptions options)
    : fs_(fs),
      directory_(std::move(directory)),
      conditions_(std::move(conditions)),
      options_(std::move(options)) {
  settings_.reverse = options_.order == ScanOptions::Order::kReverse;
  settings_.count_block = options_.count_block;
  settings_.go_on = [this] {
    return (options_.cancel == nullptr || !options_.cancel->load(std::memory_order_relaxed)) &&
           (!options_.go_on || options_.go_on());
  };
}

Status ScanFiles::find() {
  auto wanted = [this](std::string_view type) { return file_type_fits(conditions_, type); };
  OX_ASSIGN_OR_RETURN(LogFileList list,
                      find_log_files(fs_, directory_, wanted, options_.first, options_.last));
  files_ = std::move(list.files);
  problems_ = std::move(list.problems);
  progress_.files_total = files_.size();
  return ok_status();
}

std::string ScanFiles::relative(std::size_t number) const {
  const LogFile& file = files_[number];
  std::string_view path = without_compression_suffix(file.path, file.compression);
  path.remove_prefix(std::min(path.size(), directory_.size()));
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path);
}

Result<std::unique_ptr<FileScan>> ScanFiles::open(std::size_t number, FileScan::Index index) {
  LogFile& file = files_[number];
  auto scan = open_as(file, index);
  if (scan.status().code() != Code::kNotFound || file.compression != Compression::kNone)
    return scan;
  LogFile compressed = file;
  compressed.path += ".zst";
  compressed.compression = Compression::kZstd;
  auto other = open_as(compressed, index);
  if (!other.ok()) return scan;
  file = std::move(compressed);
  return other;
}

Result<std::unique_ptr<FileScan>> ScanFiles::open_as(const LogFile& file, FileScan::Index index) {
  FileCutoffs cutoffs;
  if (options_.cutoffs != nullptr) cutoffs = options_.cutoffs->of(fs_, file);
  EventMatcher matcher(conditions_, file, options_.types_by_file_name, std::move(cutoffs));
  return FileScan::open(fs_, file, std::move(matcher), settings_, progress_, index);
}

void ScanFiles::close(const FileScan& scan) {
  if (!scan.problem().ok()) problems_.push_back(scan.problem());
  unfinished_ += scan.unfinished();
  ++progress_.files_done;
}

}  // namespace ox
