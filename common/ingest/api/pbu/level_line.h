#pragma once
// The text of one record in a level file.
//
//   kSeed    2024-09-02 10:13:20,500 INFO:my.log Hello log server
//   kDated   [2024-09-02 10:13:20.500] INFO:my.log:42 Hello log server
//
// in local time; further lines of the message, and what is added, follow as lines of their own. One
// of those that looks like the beginning of a record is moved to the right by a blank.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/ingest/api/pbu/pbu_level.h"

namespace ox {

// When a record was made, as far as that can be: from 2000 until a day after `now`; otherwise now.
WallTime sane_time(WallTime created, WallTime now);

class LevelLine {
 public:
  LevelLine(PbuLayout layout, WallTime at, std::string_view level, std::string_view name,
            std::int64_t line, std::string_view message);

  // One or several more lines.
  void add(std::string_view text);
  // Appends all of it as UTF-8, bytes that are none as U+FFFD, with a line end behind each line.
  void append_to(std::string& out) const;

 private:
  void append_text(std::string_view text);
  bool looks_like_head(std::string_view line) const;

  PbuLayout layout_;
  std::string text_;
};

}  // namespace ox
