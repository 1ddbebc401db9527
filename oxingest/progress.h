#pragma once
// The line that tells a person at a terminal how oxingest is doing.
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace ox {

struct Progress {
  struct Source {
    std::string name;
    std::uint64_t lag = 0;  // bytes not read yet
  };
  std::uint64_t events = 0;   // read so far
  std::uint64_t acked = 0;    // of these, acknowledged (or sent)
  std::uint64_t waiting = 0;  // of these, not acknowledged (or sent) yet
  std::vector<Source> sources;
  bool acks = true;  // false: there are none, sent is all that is known
};

// "12,345 events  1,200/s  12,000 acked  345 waiting  app.log 1.5 MiB behind", cut to `columns`
// (0: not cut). Sources that are not behind are left out. Control characters come out as '?'.
std::string render_progress(const Progress& progress, double events_per_second,
                            std::size_t columns);

// Keeps the line up to date on a terminal; does nothing when `fd` is none. One thread.
class ProgressLine {
 public:
  ProgressLine(int fd, const Clock& clock);

  bool active() const { return active_; }
  // Redraws the line, but not more than twice a second.
  void update(const Progress& progress);
  // Draws it a last time, and ends it.
  void finish(const Progress& progress);
  // Takes the line away, so that another may be written; the next update() brings it back.
  void clear();

 private:
  void draw(const Progress& progress, MonoTime now);
  void write(const std::string& text) const;

  int fd_;
  const Clock& clock_;
  bool active_;
  bool drawn_ = false;
  MonoTime due_{};         // of the next redraw
  MonoTime counted_at_{};  // of counted_
  std::uint64_t counted_ = 0;
  double rate_ = 0;
};

}  // namespace ox
