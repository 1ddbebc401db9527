#include "common/base/file_closer.h"

#include <utility>

#include "common/base/thread.h"

namespace ox {

FileCloser::~FileCloser() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void FileCloser::close_later(std::unique_ptr<File> file) {
  std::lock_guard lock(mu_);
  files_.push_back(std::move(file));
  if (!thread_.joinable()) thread_ = start_thread("closer", [this] { run(); });
  work_.notify_one();
}

bool FileCloser::finish() {
  std::unique_lock lock(mu_);
  if (files_.empty() && !closing_) return false;
  idle_.wait(lock, [this] { return files_.empty() && !closing_; });
  return true;
}

void FileCloser::run() {
  std::unique_lock lock(mu_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !files_.empty(); });
    std::vector<std::unique_ptr<File>> files = std::exchange(files_, {});
    if (files.empty()) return;
    closing_ = true;
    lock.unlock();
    files.clear();
    lock.lock();
    closing_ = false;
    if (files_.empty()) idle_.notify_all();
  }
}

}  // namespace ox
