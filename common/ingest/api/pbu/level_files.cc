#include "common/ingest/api/pbu/level_files.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file_system.h"

namespace ox {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr std::string_view kDayFile = ".oxingest-day";
constexpr std::size_t kDaySize = 10;  // "2024-09-02"
constexpr int kMostTries = 100;

Status last_error(std::string_view what, const std::string& path) {
  int err = errno;
  return errno_status(err, fmt::format("cannot {} {}", what, path));
}

std::string local_day(WallTime at) {
  const std::time_t seconds = std::chrono::floor<Seconds>(at).count();
  std::tm tm{};
  ::localtime_r(&seconds, &tm);
  return fmt::format("{:04}-{:02}-{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

// Days compare as texts.
bool is_day(std::string_view text) {
  if (text.size() != kDaySize) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  return true;
}

bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

// All of `text` in one write(2), as the kernel does it for regular files unless the disk is full;
// otherwise nothing of it.
Status append_to(int fd, const std::string& path, std::string_view text) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return last_error("stat", path);
  const bool regular = S_ISREG(st.st_mode);
  std::string mended;
  char last = '\n';
  if (regular && st.st_size > 0 && ::pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n') {
    mended.assign("\n").append(text);
    text = mended;
  }
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      Status error = last_error("write", path);
      if (regular && ::ftruncate(fd, st.st_size) != 0)
        return last_error("take back a part of", path);
      return error;
    }
  }
  return ok_status();
}

}  // namespace

LevelFiles::LevelFiles(std::string folder, PbuLayout layout, const Clock& clock)
    : folder_(std::move(folder)), layout_(layout), clock_(&clock) {}

Result<LevelFiles> LevelFiles::open(std::string folder, PbuLayout layout, const Clock& clock) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  LevelFiles files(std::move(folder), layout, clock);
  OX_RETURN_IF_ERROR(files.lock());
  files.unlock();
  return files;
}

std::string LevelFiles::path(std::string_view name) const { return join_path(folder_, name); }

std::string LevelFiles::live_name(PbuLevel level, const std::string& today) const {
  const std::string_view stem = pbu_file_stem(level, layout_);
  return layout_ == PbuLayout::kSeed ? fmt::format("{}.log", stem)
                                     : fmt::format("{}_{}.log", stem, today);
}

LevelFiles::Outcome LevelFiles::append(const PbuLevelMap<std::string>& text) {
  Outcome out;
  if (Status status = lock(); !status.ok()) {
    for (PbuLevel level : kEveryPbuLevel)
      if (!text[level].empty()) out.written[level] = status;
    return out;
  }
  const std::string today = local_day(clock_->wall());
  if (layout_ == PbuLayout::kSeed) out.rotated = rotate(today);
  for (PbuLevel level : kEveryPbuLevel)
    if (!text[level].empty()) out.written[level] = append(level, today, text[level]);
  unlock();
  return out;
}

// Of the file that is there: when the folder went, so did the one that we have.
Status LevelFiles::lock() {
  const std::string name = path(kDayFile);
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (!day_file_.valid())
      day_file_ =
          UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
    if (!day_file_.valid()) {
      if (errno != ENOENT || tries > 0) return last_error("open", name);
      OX_RETURN_IF_ERROR(FileSystem::real().make_directories(folder_));
      continue;
    }
    if (::flock(day_file_.get(), LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      return last_error("lock", name);
    }
    struct stat ours {};
    struct stat named {};
    if (::fstat(day_file_.get(), &ours) == 0 && ::lstat(name.c_str(), &named) == 0 &&
        ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
      return ok_status();
    day_file_.reset();
    if (tries == 0) (void)FileSystem::real().make_directories(folder_);
  }
  return Status(Code::kIo, fmt::format("cannot lock {}: it is replaced all the time", name));
}

void LevelFiles::unlock() { (void)::flock(day_file_.get(), LOCK_UN); }

// `.oxingest-day` tells which day the live files are of. A day that is over ends them. One that is
// ahead of us does not: clocks are put back now and then; but more than a day is a mistake that
// must not keep the files from ending for good.
Status LevelFiles::rotate(const std::string& today) {
  char stored[kDaySize];
  const ssize_t n = ::pread(day_file_.get(), stored, sizeof(stored), 0);
  std::string day(stored, n > 0 ? static_cast<std::size_t>(n) : 0);
  if (!is_day(day)) day.clear();
  if (!day.empty() && day >= today && day <= local_day(clock_->wall() + std::chrono::hours(24)))
    return ok_status();
  Status status = day > today ? ok_status() : rename_all(day, today);
  const std::string line = today + "\n";
  if (::pwrite(day_file_.get(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) &&
      status.ok())
    status = last_error("write", path(kDayFile));
  return status;
}

Status LevelFiles::rename_all(const std::string& day, const std::string& today) {
  Status status;
  for (PbuLevel level : kEveryPbuLevel) {
    Status renamed = rename_live(live_name(level, today), day, today);
    if (status.ok()) status = std::move(renamed);
  }
  Status removed = remove_old();
  return status.ok() ? removed : status;
}

// day: "" when only the file itself knows, by when it was last written: one that the log server
// left, or of before there was a `.oxingest-day`.
Status LevelFiles::rename_live(const std::string& name, const std::string& day,
                               const std::string& today) {
  struct stat st {};
  if (::lstat(path(name).c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return ok_status();
  const std::string of = day.empty() ? local_day(Seconds(st.st_mtim.tv_sec)) : day;
  if (of >= today) return ok_status();
  const std::string wanted = fmt::format("{}.{}", name, of);
  std::string to = wanted;
  // There is one already when the clock was put back and forth: nothing is written over.
  for (int i = 1; exists(path(to)); ++i) to = fmt::format("{}.{}", wanted, i);
  if (::rename(path(name).c_str(), path(to).c_str()) != 0) return last_error("rename", path(name));
  return ok_status();
}

Status LevelFiles::remove_old() {
  OX_ASSIGN_OR_RETURN(auto entries, FileSystem::real().list(folder_));
  Status status;
  for (PbuLevel level : kEveryPbuLevel) {
    const std::string head = live_name(level, "") + ".";
    std::vector<std::string> old;
    for (const DirectoryEntry& entry : entries)
      if (entry.name.starts_with(head) &&
          is_day(std::string_view(entry.name).substr(head.size(), kDaySize)))
        old.push_back(entry.name);
    if (old.size() <= kKeptDays) continue;
    std::sort(old.begin(), old.end());
    old.resize(old.size() - kKeptDays);
    for (const std::string& name : old)
      if (::unlink(path(name).c_str()) != 0 && errno != ENOENT && status.ok())
        status = last_error("remove", path(name));
  }
  return status;
}

Status LevelFiles::append(PbuLevel level, const std::string& today, std::string_view text) {
  const std::string name = path(live_name(level, today));
  UniqueFd fd(::open(name.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, kFileMode));
  // Not everything that can be written can be read as well.
  if (!fd.valid() && (errno == EACCES || errno == ENXIO))
    fd.reset(::open(name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                    kFileMode));
  if (!fd.valid()) return last_error("open", name);
  return append_to(fd.get(), name, text);
}

}  // namespace ox
