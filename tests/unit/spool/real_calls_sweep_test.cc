// The real file system over system calls that fail: this file defines them anew, in front of the C
// library's. Together with the sweeps over the simulated disk: what a call of the kernel can do
// comes out of FileSystem as a Status or not at all, and every Status is survived.
#undef _FORTIFY_SOURCE  // which gives these calls other names
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/spool/spool.h"
#include "tests/support/fault_sweep.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/spool/batches.h"

namespace {

// Below `directory`: the call number `fail_at` fails with `error`; every read and write is short;
// every call is interrupted before it succeeds. No power goes here: nothing is really synced.
struct Plan {
  bool on = false;
  std::uint64_t calls = 0;
  std::uint64_t fail_at = 0;  // 0: none
  int error = 0;
  std::size_t most_at_once = 0;  // bytes; 0: any number
  int interruptions = 0;         // of each call
  int interrupted = 0;           // of the call at hand
  const char* last = "";
} plan;

// True when the call is to fail, with errno set.
bool fails(const char* name, bool retried_when_interrupted) {
  if (!plan.on) return false;
  if (retried_when_interrupted && plan.interrupted < plan.interruptions) {
    ++plan.interrupted;
    errno = EINTR;
    return true;
  }
  plan.interrupted = 0;
  plan.last = name;
  if (++plan.calls != plan.fail_at) return false;
  errno = plan.error;
  return true;
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
  // Not that of a directory to sync, nor of a lock: these are not tried again.
  bool retried = plan.on && (flags & O_DIRECTORY) == 0 &&
                 std::string_view(path).find("/lock") == std::string_view::npos;
  if (fails("open", retried)) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t pread(int fd, void* out, size_t size, off_t offset) {
  if (fails("pread", true)) return -1;
  if (plan.on && plan.most_at_once != 0) size = std::min(size, plan.most_at_once);
  return ::syscall(SYS_pread64, fd, out, size, offset);
}
ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  if (fails("pwritev", true)) return -1;
  iovec first = parts[0];
  if (plan.on && plan.most_at_once != 0) {
    while (first.iov_len == 0 && count > 1) first = *++parts, --count;
    first.iov_len = std::min(first.iov_len, plan.most_at_once);
    parts = &first;
    count = 1;
  }
  // The kernel takes an offset in two halves.
  return ::syscall(SYS_pwritev, fd, parts, count, static_cast<unsigned long>(offset), 0UL);
}
int ftruncate(int fd, off_t size) noexcept {
  if (fails("ftruncate", true)) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int fdatasync(int fd) {
  if (fails("fdatasync", false)) return -1;
  return plan.on ? 0 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}
int fsync(int fd) {
  if (fails("fsync", false)) return -1;
  return plan.on ? 0 : static_cast<int>(::syscall(SYS_fsync, fd));
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (fails("mkdir", false)) return -1;
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int unlink(const char* path) noexcept {
  if (fails("unlink", false)) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int rename(const char* from, const char* to) noexcept {
  if (fails("rename", false)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

}  // extern "C"

namespace ox {
namespace {

struct Planned {
  Planned() {
    set_log_sink([](LogLevel, std::string_view) {});
    plan = {};
  }
  ~Planned() {
    plan = {};
    set_log_sink(nullptr);
  }

  // A spool's life: several segments, a checkpoint, segments that go, a dead letter's way to write
  // a file. Says what was committed.
  Status live(const std::string& path, Seqs& committed) {
    FileSystem& fs = FileSystem::real();
    SpoolOptions options;
    options.path = path;
    options.segment_bytes = 600;
    OX_ASSIGN_OR_RETURN(auto spool, Spool::open(fs, options, clock));
    auto cursor = spool->add_cursor("out", {});
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
      OX_RETURN_IF_ERROR(spool->append_unsynced(make_batch(seq), clock.wall()).status());
      OX_RETURN_IF_ERROR(spool->commit());
      committed.push_back(seq);
    }
    while (true) {
      OX_ASSIGN_OR_RETURN(auto record, cursor->next());
      if (!record) break;
      if (seq_of(*record) <= 6) cursor->release(record->end);
    }
    for (int slot = 0; slot < 2; ++slot)
      OX_RETURN_IF_ERROR(spool->write_checkpoint(Dedup().snapshot(), spool->committed(), "",
                                                 cursor->released(), Seconds(1)));
    return replace_file(fs, join_path(path, "note"), "whole");
  }

  // What a later start reads.
  Seqs read(const std::string& path) {
    SpoolOptions options;
    options.path = path;
    options.segment_bytes = 600;
    auto spool = Spool::open(FileSystem::real(), options, clock);
    REQUIRE_MESSAGE(spool.ok(), spool.status().message());
    CHECK((*spool)->recovery().damaged.empty());
    auto cursor = (*spool)->add_cursor("reader", {});
    Seqs seqs;
    while (true) {
      auto record = cursor->next();
      REQUIRE(record.ok());
      if (!*record) return seqs;
      REQUIRE((*record)->batch->bytes() == make_batch(seq_of(**record))->bytes());
      seqs.push_back(seq_of(**record));
    }
  }

  FakeClock clock;
};

TEST_CASE_FIXTURE(Planned,
                  "short reads and writes, and calls that are interrupted, change nothing") {
  TemporaryDirectory directory;
  Seqs committed;
  plan = {.on = true, .most_at_once = 7, .interruptions = 2};
  Status status = live(directory / "s", committed);
  plan = {};
  REQUIRE_MESSAGE(status.ok(), status.message());
  CHECK(*read_file(FileSystem::real(), directory / "s/note", 100) == "whole");
  Seqs seqs = read(directory / "s");
  CHECK(seqs.back() == 12);
  CHECK(seqs.size() >= 6);
}

// Rule: fail-stop
TEST_CASE_FIXTURE(Planned, "any system call may fail, and a later start has what was committed") {
  std::uint64_t calls = 0;
  std::uint64_t told = 0;
  for (int error : {EIO, ENOSPC, EINTR}) {
    bool struck = true;
    for (std::uint64_t nth = 1; struck; ++nth) {
      TemporaryDirectory directory;
      Seqs committed;
      plan = {.on = true, .fail_at = nth, .error = error};
      Status status = live(directory / "s", committed);
      struck = plan.calls >= nth;
      INFO("errno ", error, " of call ", nth, ", before ", std::string(plan.last));
      plan = {.on = true};
      told += !status.ok();
      Seqs seqs = read(directory / "s");
      // Up to the sixth they may have been released.
      for (std::uint64_t seq : committed)
        if (seq > 6) REQUIRE(std::count(seqs.begin(), seqs.end(), seq) == 1);
      REQUIRE(std::is_sorted(seqs.begin(), seqs.end()));
      REQUIRE(std::adjacent_find(seqs.begin(), seqs.end()) == seqs.end());
      ++calls;
    }
  }
  fmt::print("figure: {} system calls failed, {} were told as errors, 0 violations\n", calls, told);
  CHECK(calls > 100);
  CHECK(told > 50);
}

}  // namespace
}  // namespace ox
