// Preloaded into oxd by tests/fault/power_cut.py: keeps a journal of what the program does to files
// below one directory, and of what it was told to be safe, so that the test can compute afterwards
// which bytes and names a power cut at that moment may have left behind. Nothing of it is in the
// product.
//
// Environment:
//   OX_DISK_ROOT     the directory that is modelled
//   OX_DISK_JOURNAL  the journal, outside of it; records are appended
//   OX_DISK_ATTIC    a directory beside it where files that are unlinked keep a name (their inode
//   may be needed) OX_DISK_BUG      what is planted, see below; "" or absent: nothing
//
// A journal record: u32 length of what follows, u8 kind, then fields, LE; paths as u16 and bytes.
//   C create  u64 inode, path      W write     u64 inode, u64 offset, bytes
//   O open    u64 inode, path      T truncate  u64 inode, u64 size
//   U unlink  path                 S sync      u64 inode, u64 offset of the journal when the sync
//   began R rename  path, path           D sync of a directory: u64 the same, path M mkdir   path
//   F a sync that failed: u64 inode, u64 the same
//
// A record is appended after the call it tells of, under one lock with it, and before the call
// returns: what the program was told to be safe is in the journal, and what is missing from the
// journal at a SIGKILL had not returned. The disk of the machine is not synced: the journal decides
// what counts as safe.
//
// Planted bugs: the program behaves as if it had them.
//   ack_before_fsync      fdatasync of segments does nothing
//   no_directory_sync     fsync of directories does nothing
//   checkpoint_before_data  fdatasync of log files does nothing
//   fsync_fails           the fdatasync of a segment fails once with EIO, and what it should have
//   saved is gone fsync_retried         the same, but tried again, as a program would that does not
//   know better
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

constexpr useconds_t kSyncTime = 500;  // as a fast disk has: other calls come in between
constexpr int kSyncsBeforeFailure = 5;

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class Journal {
 public:
  static Journal& get() {
    static auto* journal = new Journal;
    return *journal;
  }

  // The path below the root, "." for itself; "" for what is not modelled.
  std::string below_root(const char* path) const {
    if (fd_ < 0) return "";
    std::string whole = path;
    if (whole.empty() || whole[0] != '/') {
      char cwd[4096];
      if (::getcwd(cwd, sizeof(cwd)) == nullptr) return "";
      whole = std::string(cwd) + "/" + whole;
    }
    if (whole == root_) return ".";
    return whole.starts_with(root_ + "/") ? whole.substr(root_.size() + 1) : "";
  }
  std::string below_root(int fd) const {
    if (fd_ < 0) return "";
    char path[4096];
    ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof(path) - 1);
    if (n <= 0) return "";
    path[n] = '\0';
    return below_root(path);
  }

  bool has_bug(std::string_view name) const { return bug_ == name; }
  const std::string& attic() const { return attic_; }
  std::uint64_t end() const { return end_; }
  bool next_segment_sync_fails() { return ++segment_syncs_ == kSyncsBeforeFailure; }

  void append(char kind, std::string_view fields, std::string_view bytes = {}) {
    std::string record;
    put(record, static_cast<std::uint32_t>(1 + fields.size() + bytes.size()));
    record += kind;
    record += fields;
    record += bytes;
    for (std::string_view left = record; !left.empty();) {
      ssize_t n = ::write(fd_, left.data(), left.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) std::abort();  // a test whose records are missing proves nothing
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    end_ += record.size();
  }

  template <typename T>
  static void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  static void put_path(std::string& out, const std::string& path) {
    put(out, static_cast<std::uint16_t>(path.size()));
    out += path;
  }

  std::mutex mu;  // held from a call to the end of its record

 private:
  Journal()
      : root_(environment("OX_DISK_ROOT")),
        attic_(environment("OX_DISK_ATTIC")),
        bug_(environment("OX_DISK_BUG")) {
    std::string path = environment("OX_DISK_JOURNAL");
    if (root_.empty() || path.empty()) return;
    fd_ = next<int(const char*, int, ...)>("open")(path.c_str(),
                                                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd_ < 0) std::abort();
  }

  const std::string root_;
  const std::string attic_;
  const std::string bug_;
  int fd_ = -1;
  std::uint64_t end_ = 0;  // guarded by mu, as is what follows
  int segment_syncs_ = 0;
};

std::uint64_t inode_of(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 ? st.st_ino : 0;
}

bool is_segment(const std::string& path) { return path.ends_with(".seg"); }
bool is_log_file(const std::string& path) { return path.ends_with(".log"); }

int open_modelled(const char* path, int flags, mode_t mode) {
  auto* real = next<int(const char*, int, ...)>("open");
  Journal& journal = Journal::get();
  std::string name = journal.below_root(path);
  if (name.empty() || (flags & O_DIRECTORY) != 0) return real(path, flags, mode);
  std::lock_guard lock(journal.mu);
  struct stat st {};
  bool was_there = ::lstat(path, &st) == 0;
  int fd = real(path, flags, mode);
  if (fd < 0) return fd;
  int saved = errno;
  std::string fields;
  Journal::put(fields, inode_of(fd));
  Journal::put_path(fields, name);
  journal.append(was_there ? 'O' : 'C', fields);
  errno = saved;
  return fd;
}

ssize_t write_modelled(int fd, const iovec* parts, int count, off_t offset) {
  auto* real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  Journal& journal = Journal::get();
  if (journal.below_root(fd).empty()) return real(fd, parts, count, offset);
  std::lock_guard lock(journal.mu);
  ssize_t n = real(fd, parts, count, offset);
  if (n <= 0) return n;
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  bytes.resize(static_cast<std::size_t>(n));
  std::string fields;
  Journal::put(fields, inode_of(fd));
  Journal::put(fields, static_cast<std::uint64_t>(offset));
  journal.append('W', fields, bytes);
  return n;
}

int sync_modelled(int fd, const char* call) {
  auto* real = next<int(int)>(call);
  Journal& journal = Journal::get();
  std::string name = journal.below_root(fd);
  if (name.empty()) return real(fd);
  struct stat st {};
  if (::fstat(fd, &st) != 0) return -1;
  bool directory = S_ISDIR(st.st_mode);
  std::uint64_t began = 0;
  bool fails = false;
  {
    std::lock_guard lock(journal.mu);
    began = journal.end();
    fails = is_segment(name) &&
            (journal.has_bug("fsync_fails") || journal.has_bug("fsync_retried")) &&
            journal.next_segment_sync_fails();
  }
  ::usleep(kSyncTime);
  bool lies = (is_segment(name) && journal.has_bug("ack_before_fsync")) ||
              (directory && journal.has_bug("no_directory_sync")) ||
              (is_log_file(name) && journal.has_bug("checkpoint_before_data"));
  if (lies) return 0;
  std::lock_guard lock(journal.mu);
  std::string fields;
  if (!directory) Journal::put(fields, static_cast<std::uint64_t>(st.st_ino));
  Journal::put(fields, began);
  if (directory) Journal::put_path(fields, name);
  journal.append(fails ? 'F' : directory ? 'D' : 'S', fields);
  if (!fails) return 0;
  if (journal.has_bug("fsync_retried")) {
    journal.append('S', fields);
    return 0;
  }
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open_modelled(path, flags, mode);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return write_modelled(fd, parts, count, offset);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  iovec part{const_cast<void*>(data), size};
  return write_modelled(fd, &part, 1, offset);
}

int ftruncate(int fd, off_t size) {
  auto* real = next<int(int, off_t)>("ftruncate");
  Journal& journal = Journal::get();
  if (journal.below_root(fd).empty()) return real(fd, size);
  std::lock_guard lock(journal.mu);
  int result = real(fd, size);
  if (result != 0) return result;
  std::string fields;
  Journal::put(fields, inode_of(fd));
  Journal::put(fields, static_cast<std::uint64_t>(size));
  journal.append('T', fields);
  return 0;
}

int fdatasync(int fd) { return sync_modelled(fd, "fdatasync"); }
int fsync(int fd) { return sync_modelled(fd, "fsync"); }

int unlink(const char* path) {
  auto* real = next<int(const char*)>("unlink");
  Journal& journal = Journal::get();
  std::string name = journal.below_root(path);
  if (name.empty()) return real(path);
  std::lock_guard lock(journal.mu);
  struct stat st {};
  if (::lstat(path, &st) == 0)
    (void)!::link(path, (journal.attic() + "/" + std::to_string(st.st_ino)).c_str());
  int result = real(path);
  if (result != 0) return result;
  std::string fields;
  Journal::put_path(fields, name);
  journal.append('U', fields);
  return 0;
}

int rename(const char* from, const char* to) {
  auto* real = next<int(const char*, const char*)>("rename");
  Journal& journal = Journal::get();
  std::string old_name = journal.below_root(from);
  std::string new_name = journal.below_root(to);
  if (old_name.empty() || new_name.empty()) return real(from, to);
  std::lock_guard lock(journal.mu);
  struct stat st {};
  if (::lstat(to, &st) == 0)
    (void)!::link(to, (journal.attic() + "/" + std::to_string(st.st_ino)).c_str());
  int result = real(from, to);
  if (result != 0) return result;
  std::string fields;
  Journal::put_path(fields, old_name);
  Journal::put_path(fields, new_name);
  journal.append('R', fields);
  return 0;
}

int mkdir(const char* path, mode_t mode) {
  auto* real = next<int(const char*, mode_t)>("mkdir");
  Journal& journal = Journal::get();
  std::string name = journal.below_root(path);
  if (name.empty()) return real(path, mode);
  std::lock_guard lock(journal.mu);
  int result = real(path, mode);
  if (result != 0) return result;
  std::string fields;
  Journal::put_path(fields, name);
  journal.append('M', fields);
  return 0;
}

// The names that a build with large-file macros calls.
int open64(const char* path, int flags, ...) __attribute__((alias("open")));
ssize_t pwritev64(int fd, const iovec* parts, int count, off_t offset)
    __attribute__((alias("pwritev")));
ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset)
    __attribute__((alias("pwrite")));
int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

}  // extern "C"
