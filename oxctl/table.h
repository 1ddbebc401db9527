#pragma once
// Columns of text for a terminal: aligned, fitted to a width, painted sparingly.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ox {

enum class Tone { kPlain, kStrong, kFaint, kBad };

// How the output may look.
struct Layout {
  std::size_t width = 0;   // columns; 0 = no limit
  std::size_t height = 0;  // lines; 0 = no limit
  bool colour = false;
};

// `text` in the colours of `tone`, or as it is when the layout has none.
std::string paint(std::string_view text, Tone tone, const Layout& layout);

struct Column {
  std::string title;
  bool right = false;    // numbers line up on the right
  bool elastic = false;  // gives way first when the line is too long
};

struct Cell {
  // NOLINTNEXTLINE(google-explicit-constructor): a text is a cell by design.
  Cell(std::string t, Tone tone_of_it = Tone::kPlain) : text(std::move(t)), tone(tone_of_it) {}
  std::string text;  // printable
  Tone tone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }

  // The title line and one line per row, each with `indent` blanks in front and without a newline.
  // A column in which no row has anything is left out. Where layout.width is too small, elastic
  // columns are clipped, then columns are dropped from the right. Row `first_rows` and later are
  // left out.
  std::vector<std::string> lines(const Layout& layout, std::size_t indent = 0,
                                 std::size_t first_rows = static_cast<std::size_t>(-1)) const;

 private:
  std::vector<std::size_t> fitted_widths(const Layout& layout, std::size_t indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace ox
