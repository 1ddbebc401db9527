#pragma once
// File systems with a bug in them, to see that the tests notice: each does to the code under test
// what a mistake in that code would do. They pass everything else on to a simulated disk. One does no
// harm, but lets something else happen at a bad moment.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/file_system.h"
#include "proto/batch.h"

namespace ox {

struct Lies {
  std::string of = "";           // only files whose path contains this
  bool file_syncs = false;       // sync_data() answers ok and does nothing
  bool directory_syncs = false;  // sync_directory() likewise
  bool retries_syncs = false;    // a failed sync_data() is called once more
  bool flips_reads = false;      // a bit of what is read is wrong
  bool alters_batches = false;   // what is written is another batch, whose CRCs are right
  std::function<void()> before_read = nullptr;
};

class LyingDisk final : public FileSystem {
 public:
  LyingDisk(FileSystem& disk, Lies lies) : disk_(disk), lies_(std::move(lies)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    auto file = disk_.open(path, how);
    if (!file.ok() || !lies_about(path)) return file;
    return std::unique_ptr<File>(std::make_unique<LyingFile>(std::move(*file), lies_));
  }
  Status make_directories(const std::string& path) override { return disk_.make_directories(path); }
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
    return disk_.list(directory);
  }
  Result<FileInfo> info(const std::string& path) override { return disk_.info(path); }
  Status remove(const std::string& path) override { return disk_.remove(path); }
  Status rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Status sync_directory(const std::string& path) override {
    return lies_.directory_syncs && lies_about(path) ? ok_status() : disk_.sync_directory(path);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         const std::string& holder) override {
    return disk_.lock(path, holder);
  }

  Result<std::string> lock_holder(const std::string& path) override {
    return disk_.lock_holder(path);
  }

 private:
  class LyingFile final : public File {
   public:
    LyingFile(std::unique_ptr<File> file, const Lies& lies) : file_(std::move(file)), lies_(lies) {}

    Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) override {
      if (lies_.before_read) lies_.before_read();
      auto n = file_->read_at(out, size, offset);
      if (lies_.flips_reads && n.ok() && *n > 200) out[150] = static_cast<char>(out[150] ^ 4);
      return n;
    }
    Result<std::size_t> write_at(std::span<const std::string_view> parts,
                                 std::uint64_t offset) override {
      if (!lies_.alters_batches || parts.size() != 2) return file_->write_at(parts, offset);
      BatchPtr altered = alter(parts[1]);
      if (altered == nullptr) return file_->write_at(parts, offset);
      std::string_view others[] = {parts[0], altered->bytes()};
      return file_->write_at(others, offset);
    }
    Status truncate(std::uint64_t size) override { return file_->truncate(size); }
    Status sync_data() override {
      if (lies_.file_syncs) return ok_status();
      Status status = file_->sync_data();
      return status.ok() || !lies_.retries_syncs ? status : file_->sync_data();
    }
    Result<FileInfo> info() override { return file_->info(); }
    Status close() override { return file_->close(); }

   private:
    // The same batch by name and size, with one letter of its first event changed.
    static BatchPtr alter(std::string_view bytes) {
      auto own = std::make_shared<std::string>(bytes);
      std::string_view view = *own;
      BatchError error = BatchError::kNone;
      BatchPtr batch = Batch::open(std::move(own), view, error);
      if (batch == nullptr) return nullptr;
      BatchBuilder builder(1);
      BatchCursor cursor(*batch);
      BatchEvent event;
      while (cursor.next(event)) {
        std::string body(event.body);
        if (builder.empty()) body.back() = static_cast<char>(body.back() ^ 1);
        const PairSummary& pair = batch->pairs()[event.pair];
        builder.add(pair.type, pair.host, event.end, body);
      }
      return builder.seal(batch->id(), batch->header().sealed_at);
    }

    std::unique_ptr<File> file_;
    const Lies& lies_;
  };

  bool lies_about(const std::string& path) const {
    return path.find(lies_.of) != std::string::npos;
  }

  FileSystem& disk_;
  const Lies lies_;
};

}  // namespace ox
