#include "oxctl/terminal.h"

#include <cerrno>
#include <cstdlib>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ox {

Status write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {  // somebody made the terminal non-blocking
      pollfd writable{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&writable, 1, 1000);
    } else if (errno != EINTR) {
      return errno_status(errno, "standard output");
    }
  }
  return ok_status();
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

Layout plain_layout() {
  auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  Layout layout;
  layout.colour = stdout_is_terminal() && set("NO_COLOR").empty() && set("TERM") != "dumb";
  return layout;
}

Layout window_layout() {
  Layout layout = plain_layout();
  winsize size{};
  if (!stdout_is_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return layout;
  layout.width = size.ws_col;
  layout.height = size.ws_row;
  return layout;
}

KeyInput::KeyInput() {
  termios now{};
  if (::isatty(STDIN_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &now) != 0) return;
  saved_ = now;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

KeyInput::~KeyInput() {
  if (saved_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*saved_);
}

char KeyInput::take() {
  pollfd readable{STDIN_FILENO, POLLIN, 0};
  if (!active() || ::poll(&readable, 1, 0) <= 0) return '\0';
  char key = '\0';
  const ssize_t n = ::read(STDIN_FILENO, &key, 1);
  if (n == 0) return 'q';
  return n == 1 ? key : '\0';
}

}  // namespace ox
