#include "oxctl/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "proto/utf8.h"

namespace ox {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Two columns wide, after Unicode's East Asian Width (UAX #11), in blocks rather than one by one.
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115f},
                                         {0x2e80, 0x303e},
                                         {0x3041, 0xa4cf},
                                         {0xac00, 0xd7a3},
                                         {0xf900, 0xfaff},
                                         {0xfe30, 0xfe6f},
                                         {0xff00, 0xff60},
                                         {0x1f300, 0x1faff},
                                         {0x20000, 0x3fffd}}};
// Combining marks, joiners and variation selectors: drawn onto the character before them.
constexpr std::array<Range, 6> kCombining = {{{0x300, 0x36f},
                                              {0x1ab0, 0x1aff},
                                              {0x1dc0, 0x1dff},
                                              {0x200b, 0x200f},
                                              {0x20d0, 0x20ff},
                                              {0xfe00, 0xfe0f}}};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, std::uint32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return c >= r.first && c <= r.last; });
}

std::size_t columns_of(std::uint32_t c) {
  if (c < 0x300) return 1;
  if (in(kCombining, c)) return 0;
  return in(kWide, c) ? 2 : 1;
}

}  // namespace

std::string printable(std::string_view bytes, std::size_t max_columns) {
  // Marks without end take no column, but they take memory: no honest text has eight bytes to one.
  const std::size_t most = max_columns * 8;
  const bool cut = bytes.size() > most;
  std::string out;
  append_text(out, bytes.substr(0, most), Controls::kEscape);
  if (cut) out += "…";
  return clip(out, max_columns);
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += columns_of(next_code_point(text, at));
  return width;
}

std::string clip(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t width = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); kept = at) {
    width += columns_of(next_code_point(text, at));
    if (width > columns - 1) break;
  }
  return std::string(text.substr(0, kept)) + "…";
}

}  // namespace ox
