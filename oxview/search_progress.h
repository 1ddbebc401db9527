#pragma once
// One line on the terminal that tells how far a long search has come: it is drawn over itself, and
// taken away before anything else is written.
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/store/event_scan.h"

namespace ox {

// Threading: one thread, which is also the only one that logs; one at a time.
class SearchProgress {
 public:
  // Draws on `fd`, a terminal with so many columns, once a search has taken a second.
  SearchProgress(int fd, std::size_t columns, const Clock& clock = Clock::system());
  ~SearchProgress() { stop(); }
  SearchProgress(const SearchProgress&) = delete;
  SearchProgress& operator=(const SearchProgress&) = delete;

  // The bytes that are there to be read; asked once, when it is drawn first.
  void set_total(std::function<std::uint64_t()> total) { total_ = std::move(total); }
  void update(const ScanProgress& progress, std::uint64_t matches);
  // Takes the line away; the next update() may draw it again.
  void clear();
  // Takes it away for good.
  void stop();

 private:
  void draw(const std::string& text);

  const int fd_;
  const std::size_t columns_;
  const Clock& clock_;
  std::function<std::uint64_t()> total_;
  std::uint64_t total_bytes_ = 0;
  MonoTime next_{};
  bool asked_ = false;
  bool drawn_ = false;
  bool stopped_ = false;
};

// "12 of 340 files, 1.2 GiB (35%), 17 found"; the share is left out when total_bytes is 0.
std::string search_progress_text(const ScanProgress& progress, std::uint64_t total_bytes,
                                 std::uint64_t matches);

}  // namespace ox
