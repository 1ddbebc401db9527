#include "oxingest/progress.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/quantity.h"

namespace ox {
namespace {

constexpr Micros kRedrawInterval = Millis(500);
constexpr char kEraseLine[] = "\r\x1b[K";

std::string with_commas(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::size_t columns_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

std::string render_progress(const Progress& progress, double events_per_second,
                            std::size_t columns) {
  std::string line = fmt::format(
      "{} events  {}/s  {} {}  {} waiting", with_commas(progress.events),
      with_commas(static_cast<std::uint64_t>(std::max(events_per_second, 0.0) + 0.5)),
      with_commas(progress.acked), progress.acks ? "acked" : "sent", with_commas(progress.waiting));
  for (const Progress::Source& source : progress.sources)
    if (source.lag > 0) line += fmt::format("  {} {} behind", source.name, format_size(source.lag));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  // A line that fills the last column would wrap on some terminals.
  if (columns > 0 && line.size() >= columns) {
    std::size_t room = columns - 1;
    line.resize(room > 3 ? room - 3 : 0);
    // Not inside a UTF-8 character of a file's name.
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80) != 0) line.pop_back();
    line.append(std::min<std::size_t>(room, 3), '.');
  }
  return line;
}

ProgressLine::ProgressLine(int fd, const Clock& clock)
    : fd_(fd), clock_(clock), active_(::isatty(fd) == 1), counted_at_(clock.mono()) {}

void ProgressLine::write(const std::string& text) const {
  // A terminal that is gone is no reason to stop; neither is one that is slow to redraw.
  [[maybe_unused]] ssize_t n = ::write(fd_, text.data(), text.size());
}

void ProgressLine::draw(const Progress& progress, MonoTime now) {
  if (now > counted_at_) {
    rate_ = static_cast<double>(progress.events - counted_) / to_seconds(now - counted_at_);
    counted_at_ = now;
    counted_ = progress.events;
  }
  write(kEraseLine + render_progress(progress, rate_, columns_of(fd_)));
  drawn_ = true;
  due_ = now + kRedrawInterval;
}

void ProgressLine::update(const Progress& progress) {
  if (!active_) return;
  MonoTime now = clock_.mono();
  if (now >= due_) draw(progress, now);
}

void ProgressLine::finish(const Progress& progress) {
  if (!active_) return;
  draw(progress, clock_.mono());
  write("\n");
  drawn_ = false;
}

void ProgressLine::clear() {
  if (drawn_) write(kEraseLine);
  drawn_ = false;
  due_ = {};
}

}  // namespace ox
