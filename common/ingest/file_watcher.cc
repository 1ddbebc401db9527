#include "common/ingest/file_watcher.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include <sys/inotify.h>
#include <unistd.h>

#include "common/base/log.h"

namespace ox {
namespace {

// IN_ATTRIB: the link count changes when a file that we hold open is deleted.
constexpr unsigned kFileEvents = IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;
constexpr unsigned kDirectoryEvents = IN_CREATE | IN_MOVED_TO;

}  // namespace

std::unique_ptr<FileWatcher> FileWatcher::make() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd.valid()) return std::make_unique<InotifyWatcher>(std::move(fd));
  log_warning("no inotify ({}): files are polled", std::strerror(errno));
  return std::make_unique<NoFileWatcher>();
}

FileWatcher::Handle InotifyWatcher::watch(const std::string& path, unsigned mask,
                                          Interest interest) {
  int wd = ::inotify_add_watch(fd_.get(), path.c_str(), mask);
  if (wd < 0) {
    // A missing file is our caller's business; a refusal is one for the administrator.
    if ((errno == ENOSPC || errno == ENOMEM) && !std::exchange(complained_, true))
      log_warning("cannot watch {} (fs.inotify.max_user_watches is reached): it is polled", path);
    return kNone;
  }
  std::vector<Interest>& there = interests_[wd];
  if (std::find(there.begin(), there.end(), interest) == there.end())
    there.push_back(std::move(interest));
  return wd;
}

FileWatcher::Handle InotifyWatcher::watch_file(const std::string& path, SourceNumber source) {
  return watch(path, kFileEvents, {"", source});
}

FileWatcher::Handle InotifyWatcher::watch_name(const std::string& directory,
                                               const std::string& name, SourceNumber source) {
  return watch(directory, kDirectoryEvents | IN_ONLYDIR, {name, source});
}

void InotifyWatcher::unwatch(Handle handle, SourceNumber source) {
  auto it = interests_.find(handle);
  if (it == interests_.end()) return;
  std::erase_if(it->second, [source](const Interest& i) { return i.source == source; });
  if (!it->second.empty()) return;
  interests_.erase(it);
  // Fails when the file is gone, and the kernel's watch with it.
  ::inotify_rm_watch(fd_.get(), handle);
}

std::vector<SourceNumber> InotifyWatcher::take() {
  std::set<SourceNumber> changed;
  alignas(inotify_event) char buffer[16 * 1024];
  while (true) {
    ssize_t n = ::read(fd_.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    for (const char* at = buffer; at < buffer + n;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof(event));
      // The kernel pads the name with NULs.
      const char* name = event.len > 0 ? at + sizeof(event) : "";
      at += sizeof(event) + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {  // anything may have happened, to anyone
        for (const auto& [wd, interests] : interests_)
          for (const Interest& interest : interests) changed.insert(interest.source);
        continue;
      }
      auto it = interests_.find(event.wd);
      if (it == interests_.end()) continue;  // unwatched since
      for (const Interest& interest : it->second)
        if (interest.name == name) changed.insert(interest.source);
      if ((event.mask & IN_IGNORED) != 0) interests_.erase(it);
    }
  }
  return {changed.begin(), changed.end()};
}

}  // namespace ox
