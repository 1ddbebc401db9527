#include "oxview/terminal.h"

#include <charconv>
#include <clocale>
#include <cstdlib>
#include <string_view>

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>

namespace ox {
namespace {

void take_size(const char* variable, std::size_t& size) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return;
  const std::string_view digits(text);
  std::size_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size() && value > 0 && value <= 10'000)
    size = value;
}

}  // namespace

TerminalSize terminal_size(int fd) {
  TerminalSize size;
  winsize window{};
  if (::ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 0) {
    size.columns = window.ws_col;
    size.rows = window.ws_row;
    return size;
  }
  take_size("COLUMNS", size.columns);
  take_size("LINES", size.rows);
  return size;
}

bool locale_is_utf8() {
  // Not setlocale(): that would change how everything else reads and writes.
  locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const bool utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return utf8;
}

}  // namespace ox
