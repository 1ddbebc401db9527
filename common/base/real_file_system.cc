#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include <boost/filesystem.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/base/file_system.h"
#include "common/base/unique_fd.h"

namespace ox {
namespace {

namespace bfs = boost::filesystem;

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

// errno, taken before anything else can change it.
Status last_error(std::string_view what, const std::string& path) {
  int err = errno;
  return errno_status(err, std::string(what) + " " + path);
}

FileInfo info_of(const struct stat& st) {
  FileInfo info;
  info.id = {st.st_dev, st.st_ino};
  info.size = static_cast<std::uint64_t>(st.st_size);
  info.links = st.st_nlink;
  info.modified = Seconds(st.st_mtim.tv_sec) + Micros(st.st_mtim.tv_nsec / 1000);
  info.is_directory = S_ISDIR(st.st_mode);
  info.is_regular = S_ISREG(st.st_mode);
  info.permissions = st.st_mode & 0777;
  return info;
}

class RealFile : public File {
 public:
  RealFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) override {
    while (true) {
      ssize_t n = ::pread(fd_.get(), out, size, static_cast<off_t>(offset));
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) return last_error("cannot read", path_);
    }
  }

  Result<std::size_t> write_at(std::span<const std::string_view> parts,
                               std::uint64_t offset) override {
    std::array<iovec, 64> vectors;
    std::size_t count = std::min(parts.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i)
      vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
    while (true) {
      ssize_t n =
          ::pwritev(fd_.get(), vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) return last_error("cannot write", path_);
    }
  }

  Status truncate(std::uint64_t size) override {
    while (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
      if (errno != EINTR) return last_error("cannot truncate", path_);
    return ok_status();
  }

  Status sync_data() override {
    if (::fdatasync(fd_.get()) != 0) return last_error("cannot sync", path_);
    return ok_status();
  }

  void start_writeback(std::uint64_t offset, std::uint64_t size) override {
    (void)::sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size),
                            SYNC_FILE_RANGE_WRITE);
  }

  Result<FileInfo> info() override {
    struct stat st {};
    if (::fstat(fd_.get(), &st) != 0) return last_error("cannot stat", path_);
    return info_of(st);
  }

  Status close() override {
    if (::close(fd_.release()) != 0 && errno != EINTR) return last_error("cannot close", path_);
    return ok_status();
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

class RealFileLock : public FileLock {
 public:
  explicit RealFileLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    int flags = O_CLOEXEC | (how == Open::kReadFollow ? O_NONBLOCK | O_NOCTTY : O_NOFOLLOW);
    if (how == Open::kRead || how == Open::kReadFollow) flags |= O_RDONLY;
    if (how == Open::kWrite) flags |= O_RDWR;
    if (how == Open::kCreate) flags |= O_RDWR | O_CREAT | O_EXCL;
    if (how == Open::kOpenOrCreate) flags |= O_RDWR | O_CREAT;
    UniqueFd fd;
    while (!fd.valid()) {
      fd = UniqueFd(::open(path.c_str(), flags, kFileMode));
      if (!fd.valid() && errno != EINTR) return last_error("cannot open", path);
    }
    return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path));
  }

  Status make_directories(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) == 0) return sync_directory(directory_of(path));
    if (errno == EEXIST) {
      boost::system::error_code error;
      if (!bfs::is_directory(path, error))
        return errno_status(ENOTDIR, "cannot make directory " + path);
      // A process that was killed may have made it without syncing its name. Where we may not open
      // the parent it was not we who made it.
      if (::access(directory_of(path).c_str(), R_OK) != 0) return ok_status();
      return sync_directory(directory_of(path));
    }
    if (errno != ENOENT) return last_error("cannot make directory", path);
    std::string parent = directory_of(path);
    if (parent == path || parent == ".") return errno_status(ENOENT, "cannot make " + path);
    OX_RETURN_IF_ERROR(make_directories(parent));
    if (::mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
      return last_error("cannot make directory", path);
    return sync_directory(parent);
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
    boost::system::error_code error;
    std::vector<DirectoryEntry> out;
    bfs::directory_iterator it(directory, error);
    if (error) return errno_status(error.value(), "cannot list " + directory);
    while (it != bfs::directory_iterator()) {
      boost::system::error_code ignored;  // the entry may vanish while we look
      out.push_back({it->path().filename().string(), bfs::is_directory(it->path(), ignored)});
      it.increment(error);
      if (error) return errno_status(error.value(), "cannot list " + directory);
    }
    return out;
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat st {};
    if (::stat(path.c_str(), &st) != 0) return last_error("cannot stat", path);
    return info_of(st);
  }

  Result<std::string> resolve(const std::string& path) override {
    boost::system::error_code error;
    bfs::path resolved = bfs::canonical(path, error);
    if (error) return errno_status(error.value(), "cannot resolve " + path);
    return resolved.string();
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return last_error("cannot remove", path);
    return ok_status();
  }

  Status remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) == 0) return ok_status();
    if (errno == ENOTEMPTY || errno == EEXIST)
      return Status(Code::kInvalid, "the directory is not empty").at(path);
    return last_error("cannot remove", path);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return last_error("cannot rename", from);
    return ok_status();
  }

  Status sync_directory(const std::string& path) override {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return last_error("cannot open", path);
    if (::fsync(fd.get()) != 0) return last_error("cannot sync directory", path);
    return ok_status();
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         const std::string& holder) override {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
    if (!fd.valid()) return last_error("cannot open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return last_error("cannot lock", path);
      char who[256];
      ssize_t n = ::pread(fd.get(), who, sizeof(who), 0);
      return Status(Code::kExists, path + " is held by " +
                                       (n > 0 ? std::string(who, static_cast<std::size_t>(n))
                                              : std::string("another process")));
    }
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), holder.data(), holder.size(), 0) !=
                                             static_cast<ssize_t>(holder.size())) {
      // The lock itself holds without the note: that is what we give up on a full disk.
      if (errno != ENOSPC && errno != EDQUOT && errno != EINTR)
        return last_error("cannot write", path);
    }
    return std::unique_ptr<FileLock>(std::make_unique<RealFileLock>(std::move(fd)));
  }

  // The kernel lists all locks in /proc/locks; the inode is the last part of "fe:00:10011033". The
  // device in front of it is not what stat() says on every file system, so it is not compared.
  Result<std::string> lock_holder(const std::string& path) override {
    auto file = info(path);
    if (file.status().code() == Code::kNotFound) return std::string();
    if (!file.ok()) return file.status();
    OX_ASSIGN_OR_RETURN(std::string locks, read_file(*this, "/proc/locks", 64 << 20));
    std::istringstream lines(locks);
    const std::string inode = ":" + std::to_string(file->id.inode);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string number, kind, mode, access, pid, place;
      words >> number >> kind >> mode >> access >> pid >> place;
      if (kind != "FLOCK" || !place.ends_with(inode)) continue;
      OX_ASSIGN_OR_RETURN(std::string holder, read_file(*this, path, 256));
      return holder.empty() ? std::string("another process") : holder;
    }
    return std::string();
  }
};

}  // namespace

FileSystem& FileSystem::real() {
  static RealFileSystem* const fs = new RealFileSystem;  // never destroyed, as Clock::system()
  return *fs;
}

}  // namespace ox
