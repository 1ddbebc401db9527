#pragma once
// A file whose last close takes as long as the test wants.
#include <atomic>
#include <future>
#include <span>
#include <string_view>
#include <thread>

#include "common/base/file_system.h"

namespace ox {

struct Closings {
  std::atomic<int> done{0};
  std::atomic<bool> by_caller{false};
  std::thread::id caller = std::this_thread::get_id();
  std::promise<void> may_close;
  std::shared_future<void> gate = may_close.get_future().share();
};

// Its destructor waits at the gate.
class SlowFile final : public File {
 public:
  explicit SlowFile(Closings& closings) : closings_(closings) {}
  ~SlowFile() override {
    closings_.gate.wait();
    if (std::this_thread::get_id() == closings_.caller) closings_.by_caller = true;
    ++closings_.done;
  }
  Result<std::size_t> read_at(char*, std::size_t, std::uint64_t) override { return std::size_t{0}; }
  Result<std::size_t> write_at(std::span<const std::string_view>, std::uint64_t) override {
    return std::size_t{0};
  }
  Status truncate(std::uint64_t) override { return ok_status(); }
  Status sync_data() override { return ok_status(); }
  Result<FileInfo> info() override { return FileInfo{}; }
  Status close() override { return ok_status(); }

 private:
  Closings& closings_;
};

}  // namespace ox
