#pragma once
// The machine's file system with faults on demand, and a record of what was asked of it. Nothing is
// really synced: no test could tell, and it takes long.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "common/base/file_system.h"

namespace ox {

class FaultyFileSystem : public FileSystem {
 public:
  std::optional<std::uint64_t> space;       // bytes that can still be written
  std::optional<std::size_t> most_at_once;  // bytes of one write_at()
  // By path; empty ones fail nothing.
  std::function<bool(const std::string&)> fail_open, fail_write, fail_sync, fail_sync_directory;
  // "write <path>", "sync <path>", "truncate <path>", "sync_directory <path>", in order.
  std::vector<std::string> calls;

  std::size_t count(const std::string& call) const {
    return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), call));
  }
  // Of the first such call; as many as there are calls when there is none.
  std::size_t index(const std::string& call) const {
    return static_cast<std::size_t>(std::find(calls.begin(), calls.end(), call) - calls.begin());
  }

  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    if (fail_open && fail_open(path)) return errno_status(EIO, "cannot open " + path);
    OX_ASSIGN_OR_RETURN(auto file, real_.open(path, how));
    return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, path, std::move(file)));
  }
  Status make_directories(const std::string& path) override { return real_.make_directories(path); }
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
    return real_.list(directory);
  }
  Result<FileInfo> info(const std::string& path) override { return real_.info(path); }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status rename(const std::string& from, const std::string& to) override {
    return real_.rename(from, to);
  }
  Status sync_directory(const std::string& path) override {
    calls.push_back("sync_directory " + path);
    if (fail_sync_directory && fail_sync_directory(path))
      return errno_status(EIO, "cannot sync directory " + path);
    return real_.info(path).status();
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         const std::string& holder) override {
    return real_.lock(path, holder);
  }

 private:
  class FaultyFile : public File {
   public:
    FaultyFile(FaultyFileSystem& fs, std::string path, std::unique_ptr<File> file)
        : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

    Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) override {
      return file_->read_at(out, size, offset);
    }
    Result<std::size_t> write_at(std::span<const std::string_view> parts,
                                 std::uint64_t offset) override {
      fs_.calls.push_back("write " + path_);
      if (fs_.fail_write && fs_.fail_write(path_))
        return errno_status(EIO, "cannot write " + path_);
      std::string_view bytes = parts.front();
      if (fs_.most_at_once) bytes = bytes.substr(0, *fs_.most_at_once);
      if (fs_.space) {
        if (*fs_.space == 0) return errno_status(ENOSPC, "cannot write " + path_);
        bytes = bytes.substr(0, *fs_.space);
        *fs_.space -= bytes.size();
      }
      return file_->write_at(std::span(&bytes, 1), offset);
    }
    Status truncate(std::uint64_t size) override {
      fs_.calls.push_back("truncate " + path_);
      return file_->truncate(size);
    }
    Status sync_data() override {
      fs_.calls.push_back("sync " + path_);
      if (fs_.fail_sync && fs_.fail_sync(path_)) return errno_status(EIO, "cannot sync " + path_);
      return ok_status();
    }
    Result<FileInfo> info() override { return file_->info(); }
    Status close() override { return file_->close(); }

   private:
    FaultyFileSystem& fs_;
    const std::string path_;
    std::unique_ptr<File> file_;
  };

  FileSystem& real_ = FileSystem::real();
};

}  // namespace ox
