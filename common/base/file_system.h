#pragma once
// The seam between oxd and the disk. The product uses FileSystem::real(); tests put a simulated
// disk behind the same interface that loses what was not synced, fails the Nth call, or runs full.
// Durability: nothing is safe until sync_data() (bytes and length of a file) and, for a new,
//             renamed or removed name, sync_directory() of its directory have returned ok.
// Threading:  a FileSystem is thread-safe; a File belongs to one thread at a time, but for
//             read_at().
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

// Which file a name or an open file stands for, across renames.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

struct FileInfo {
  FileId id;
  std::uint64_t size = 0;
  std::uint64_t links = 0;
  WallTime modified{};
  bool is_directory = false;
  bool is_regular = true;
  std::uint32_t permissions = 0640;  // the rwx bits of owner, group and others
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

class File {
 public:
  // Closes without a word about errors: call close() where they matter.
  virtual ~File() = default;

  // May read fewer bytes than asked; 0 is the end of the file.
  virtual Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) = 0;
  // Writes the parts one after the other from `offset`; may write fewer bytes than given.
  virtual Result<std::size_t> write_at(std::span<const std::string_view> parts,
                                       std::uint64_t offset) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  // fdatasync. After a failure nothing is known of what is on the disk: never retry it.
  virtual Status sync_data() = 0;
  // Asks for these bytes to be on their way to the disk, so that a later sync_data() has less to wait for. Makes
  // nothing durable, and tells no error: sync_data() does both.
  virtual void start_writeback(std::uint64_t offset, std::uint64_t size) {
    (void)offset;
    (void)size;
  }
  virtual Result<FileInfo> info() = 0;
  virtual Status close() = 0;
};

// Asks for what is written to a file to be on its way to the disk a MiB at a time, for those who sync only now and
// then: a sync of tens of MiB at once holds up who waits for it. Only whole MiB, because the kernel makes who writes to
// or syncs a page that is just on its way wait for it. tests/bench/core.py, "link -> collector": without it the files
// output stood still for 0.2 s at each checkpoint, and fell behind the memory of the spool.
class EarlyWriteback {
 public:
  // What is before `position` is of no concern: it is synced, or not ours.
  void begin(std::uint64_t position) { from_ = position; }
  // The file is written up to `end`.
  void written(File& file, std::uint64_t end) {
    const std::uint64_t whole = end & ~std::uint64_t{kStep - 1};
    if (whole <= from_) return;
    file.start_writeback(from_, whole - from_);
    from_ = whole;
  }

 private:
  static constexpr std::uint64_t kStep = 1 << 20;
  std::uint64_t from_ = 0;
};

// An advisory lock held on a file; released when it goes.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  enum class Open {
    kRead,    // must exist
    kWrite,   // must exist; read and write
    kCreate,  // must not exist; read and write
    kOpenOrCreate,
    kReadFollow,  // must exist; a symbolic link is followed, and a FIFO does not block
  };

  virtual ~FileSystem() = default;

  // Unless `how` says so, the last component is not followed when it is a symbolic link. New files
  // get mode 0640.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open how) = 0;
  // Makes the directory and its missing parents, mode 0750, each synced into its parent; so is one
  // that is there, because a process that was killed may have left its name unsynced.
  virtual Status make_directories(const std::string& path) = 0;
  // In no order; without "." and "..".
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& directory) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  // The path with every symbolic link in it followed; a file system without links gives `path`
  // back.
  virtual Result<std::string> resolve(const std::string& path) { return path; }
  virtual Status remove(const std::string& path) = 0;
  // Removes a directory that is empty. Errors: kInvalid when it is not; kUnsupported where there is no
  // such call.
  virtual Status remove_directory(const std::string& path) {
    return Status(Code::kUnsupported, "cannot remove the directory " + path);
  }
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  // Takes an exclusive lock on `path`, made when missing, and writes `holder` into it. When another
  // process has it: kExists, with what that process wrote.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                                 const std::string& holder) = 0;
  // What the process that has the lock on `path` wrote into it; "" when nobody has it. Takes no
  // lock itself, so that nobody is refused for our looking; the answer may be old when it comes.
  virtual Result<std::string> lock_holder(const std::string& /*path*/) { return std::string(); }

  // The machine's file system; lives for ever.
  static FileSystem& real();
};

// Writes all of `parts` at `offset`, going on after short writes. On an error `*written` says how
// many bytes from `offset` on were written all the same (may be null).
Status write_all(File& file, std::span<const std::string_view> parts, std::uint64_t offset,
                 std::uint64_t* written = nullptr);
Status write_all(File& file, std::string_view bytes, std::uint64_t offset,
                 std::uint64_t* written = nullptr);

// Reads exactly `size` bytes at `offset`, or fewer at the end of the file. The first returns how many.
Result<std::size_t> read_up_to(File& file, std::uint64_t offset, char* out, std::size_t size);
Result<std::string> read_up_to(File& file, std::uint64_t offset, std::size_t size);
// The whole file; kTooLarge when it has more than `limit` bytes.
Result<std::string> read_file(FileSystem& fs, const std::string& path, std::size_t limit);

// Makes `path` hold `bytes`, synced: a crash at any time leaves the former file or this one, whole.
Status replace_file(FileSystem& fs, const std::string& path, std::string_view bytes);

std::string join_path(std::string_view directory, std::string_view name);
std::string directory_of(std::string_view path);  // "." when there is no '/'
std::string base_name(std::string_view path);

}  // namespace ox
