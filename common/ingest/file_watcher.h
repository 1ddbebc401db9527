#pragma once
// Tells that something happened to followed files, so that new data is noticed at once. It is a
// hint and no more: what it misses (network file systems, exhausted watches, races) slow polling
// finds.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/ingest/event_sink.h"

namespace ox {

class FileWatcher {
 public:
  // Names one watch for unwatch(); kNone: this cannot be watched.
  using Handle = int;
  static constexpr Handle kNone = -1;

  virtual ~FileWatcher() = default;
  // Readable when take() has something to say; -1: never, polling is all there is.
  virtual int fd() const = 0;
  // Changes of the file now at `path`, wherever it moves. Watching it again is harmless.
  virtual Handle watch_file(const std::string& path, SourceNumber source) = 0;
  // A file called `name` appears in `directory`. Watching it again is harmless.
  virtual Handle watch_name(const std::string& directory, const std::string& name,
                            SourceNumber source) = 0;
  virtual void unwatch(Handle handle, SourceNumber source) = 0;
  // The sources whose files something happened to, each once.
  virtual std::vector<SourceNumber> take() = 0;

  // inotify(7), or, when the kernel refuses, a watcher that watches nothing (with a warning).
  static std::unique_ptr<FileWatcher> make();
};

// Watches nothing.
class NoFileWatcher : public FileWatcher {
 public:
  int fd() const override { return -1; }
  Handle watch_file(const std::string&, SourceNumber) override { return kNone; }
  Handle watch_name(const std::string&, const std::string&, SourceNumber) override { return kNone; }
  void unwatch(Handle, SourceNumber) override {}
  std::vector<SourceNumber> take() override { return {}; }
};

class InotifyWatcher : public FileWatcher {
 public:
  explicit InotifyWatcher(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const override { return fd_.get(); }
  Handle watch_file(const std::string& path, SourceNumber source) override;
  Handle watch_name(const std::string& directory, const std::string& name,
                    SourceNumber source) override;
  void unwatch(Handle handle, SourceNumber source) override;
  std::vector<SourceNumber> take() override;

 private:
  struct Interest {
    std::string name;  // in a directory; "" for the file itself
    SourceNumber source;
    bool operator==(const Interest&) const = default;
  };
  Handle watch(const std::string& path, unsigned mask, Interest interest);

  UniqueFd fd_;
  // The kernel has one watch for each inode, however many of us look at it.
  std::map<Handle, std::vector<Interest>> interests_;
  bool complained_ = false;
};

}  // namespace ox
