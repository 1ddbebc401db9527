#include "oxview/search_progress.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

constexpr Micros kBeforeDrawing = Seconds(1);
constexpr Micros kBetweenDrawings = Millis(200);
constexpr std::string_view kEraseLine = "\r\x1b[K";

SearchProgress* g_search_progress = nullptr;

void clear_and_log(LogLevel level, std::string_view text) {
  if (g_search_progress != nullptr) g_search_progress->clear();
  log_to_stderr(level, text);
}

}  // namespace

std::string search_progress_text(const ScanProgress& progress, std::uint64_t total_bytes,
                                 std::uint64_t matches) {
  const std::uint64_t done = progress.bytes_read + progress.bytes_skipped;
  std::string text = fmt::format("{} of {} files, {}", progress.files_done, progress.files_total,
                                 format_size(done));
  if (total_bytes > 0)
    text += fmt::format(" ({}%)", std::min<std::uint64_t>(99, done * 100 / total_bytes));
  return text + fmt::format(", {} found", matches);
}

SearchProgress::SearchProgress(int fd, std::size_t columns, const Clock& clock)
    : fd_(fd), columns_(columns), clock_(clock), next_(clock.mono() + kBeforeDrawing) {
  g_search_progress = this;
  set_log_sink(clear_and_log);
}

void SearchProgress::update(const ScanProgress& progress, std::uint64_t matches) {
  if (stopped_) return;
  const MonoTime now = clock_.mono();
  if (now < next_) return;
  next_ = now + kBetweenDrawings;
  if (!asked_ && total_) total_bytes_ = total_();
  asked_ = true;
  draw(search_progress_text(progress, total_bytes_, matches));
}

void SearchProgress::draw(const std::string& text) {
  // The last column stays free: some terminals go to the next line behind it.
  std::string line(kEraseLine);
  line += text.substr(0, std::max<std::size_t>(columns_, 2) - 1);
  [[maybe_unused]] ssize_t ignored = ::write(fd_, line.data(), line.size());
  drawn_ = true;
}

void SearchProgress::clear() {
  if (!drawn_) return;
  [[maybe_unused]] ssize_t ignored = ::write(fd_, kEraseLine.data(), kEraseLine.size());
  drawn_ = false;
}

void SearchProgress::stop() {
  if (stopped_) return;
  clear();
  stopped_ = true;
  g_search_progress = nullptr;
  set_log_sink(nullptr);
}

}  // namespace ox
