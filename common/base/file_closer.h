#pragma once
// Closes files on a thread of its own, for who must not wait for it. The last close of a file that has no name any
// more frees its blocks, which for a large one takes tens of milliseconds (more where the file system is mounted with
// `discard`). Threading: thread-safe.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/file_system.h"

namespace ox {

class FileCloser {
 public:
  FileCloser() = default;
  // When all are closed.
  ~FileCloser();

  // Soon. What close() reports is not told: only for files whose bytes nobody needs.
  void close_later(std::unique_ptr<File> file);
  // Waits until all are closed that were given before. False when there were none.
  bool finish();

 private:
  void run();

  std::mutex mu_;
  std::condition_variable work_;
  std::vector<std::unique_ptr<File>> files_;  // guarded by mu_
  bool closing_ = false;                      // guarded by mu_: files that are in files_ no more
  std::condition_variable idle_;
  bool stopping_ = false;  // guarded by mu_
  std::thread thread_;     // guarded by mu_; since the first file
};

}  // namespace ox
