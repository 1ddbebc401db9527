#include "oxctl/table.h"

#include <algorithm>

#include "common/base/status.h"
#include "oxctl/printable.h"

namespace ox {
namespace {

constexpr std::size_t kGap = 2;            // blanks between columns
constexpr std::size_t kLeastElastic = 12;  // an elastic column keeps that much

std::size_t total_width(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (std::size_t width : widths) total += width == 0 ? 0 : width + kGap;
  return total < kGap ? 0 : total - kGap;
}

}  // namespace

std::string paint(std::string_view text, Tone tone, const Layout& layout) {
  if (!layout.colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  const char* start = tone == Tone::kBad      ? "\x1b[1;31m"
                      : tone == Tone::kStrong ? "\x1b[1m"
                                              : "\x1b[2m";
  return start + std::string(text) + "\x1b[0m";
}

void Table::add(std::vector<Cell> row) {
  OX_CHECK(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

// 0 for a column that is left out.
std::vector<std::size_t> Table::fitted_widths(const Layout& layout, std::size_t indent) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], display_width(columns_[i].title));
  }
  if (layout.width == 0) return widths;
  const std::size_t room = layout.width > indent ? layout.width - indent : 1;
  for (std::size_t i = 0; i < widths.size() && total_width(widths) > room; ++i) {
    if (!columns_[i].elastic || widths[i] <= kLeastElastic) continue;
    const std::size_t excess = total_width(widths) - room;
    widths[i] -= std::min(excess, widths[i] - kLeastElastic);
  }
  for (std::size_t i = widths.size(); i-- > 1 && total_width(widths) > room;) widths[i] = 0;
  if (!widths.empty()) widths[0] = std::min(widths[0], room);
  return widths;
}

std::vector<std::string> Table::lines(const Layout& layout, std::size_t indent,
                                      std::size_t first_rows) const {
  const std::vector<std::size_t> widths = fitted_widths(layout, indent);
  std::vector<std::string> lines;
  auto add_line = [&](auto cell_of) {
    std::string line(indent, ' ');
    std::size_t owed = 0;  // blanks due before the next text, so that no line ends in blanks
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      const Cell cell = cell_of(i);
      const std::string text = clip(cell.text, widths[i]);
      const std::size_t padding = widths[i] - display_width(text);
      if (columns_[i].right) owed += padding;
      if (!text.empty()) {
        line.append(owed, ' ');
        line += paint(text, cell.tone, layout);
        owed = 0;
      }
      owed += kGap + (columns_[i].right ? 0 : padding);
    }
    lines.push_back(std::move(line));
  };
  add_line([&](std::size_t i) { return Cell(columns_[i].title, Tone::kFaint); });
  for (std::size_t r = 0; r < std::min(rows_.size(), first_rows); ++r)
    add_line([&](std::size_t i) { return rows_[r][i]; });
  return lines;
}

}  // namespace ox
