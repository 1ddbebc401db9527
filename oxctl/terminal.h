#pragma once
// Standard output, and the terminal it may be.
#include <optional>
#include <string_view>

#include <termios.h>

#include "common/base/status.h"
#include "oxctl/table.h"

namespace ox {

// Writes all of `text` to standard output. Error: kIo, kNoSpace.
Status write_out(std::string_view text);

bool stdout_is_terminal();
// Colour only on a terminal, and not when NO_COLOR is set (https://no-color.org) or TERM is "dumb".
// Width and height are unlimited.
Layout plain_layout();
// The same, fitted to the window when standard output is a terminal.
Layout window_layout();

// While it lives, keys typed on standard input arrive one by one, unechoed. Does nothing when
// standard input is no terminal.
class KeyInput {
 public:
  KeyInput();
  ~KeyInput();
  KeyInput(const KeyInput&) = delete;
  KeyInput& operator=(const KeyInput&) = delete;

  bool active() const { return saved_.has_value(); }
  // One of the keys that were typed, '\0' when there is none; end of input reads as 'q'.
  char take();

 private:
  std::optional<termios> saved_;
};

}  // namespace ox
