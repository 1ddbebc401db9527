#pragma once
// Cuts a stream of bytes into lines, however it arrives. A line longer than the limit comes in
// pieces, so that no byte is lost and memory stays bounded; a piece does not end inside a UTF-8
// character where that can be helped.
// Lines are stripped at both ends as Python's str.strip() does it (blank, tab, LF, VT, FF, CR):
// CRLF needs no further care. NUL and everything else stays.
#include <cstddef>
#include <string>
#include <string_view>

namespace ox {

class LineBuffer {
 public:
  struct Line {
    std::string_view text;  // stripped; borrowed until the next call that is not const
    std::size_t size = 0;   // bytes it has in the stream, its line end included
    bool starts = true;     // false: goes on with the line of the piece before
    bool ends = true;       // false: another piece of the same line follows

    bool blank() const { return starts && ends && text.empty(); }
  };

  // max_line: bytes of the longest line that stays whole, without its LF; at least 4. mid_line: the
  // stream starts inside a line, whose beginning was handed out before.
  explicit LineBuffer(std::size_t max_line, bool mid_line = false);

  void append(std::string_view bytes);

  // The next line or piece, when it is all there. Gives the same one until pop().
  bool peek(Line& out);
  // What is left when nothing more will come: the last line, which has no LF. Only after peek()
  // found nothing.
  bool peek_rest(Line& out) const;
  // Takes the line last seen by peek() or peek_rest() out.
  void pop(const Line& line);
  // Forgets what waits here.
  void clear();
  // Gives back memory when nothing waits here: most of many followed files are quiet.
  void release();

  // Bytes that wait here.
  std::size_t size() const { return data_.size() - begin_; }
  // True behind a piece that did not end its line.
  bool mid_line() const { return mid_line_; }

 private:
  Line line_of(std::string_view raw, std::size_t size, bool ends) const;

  std::size_t max_line_;
  bool mid_line_;
  std::string data_;
  std::size_t begin_ = 0;    // of the first byte not popped
  std::size_t scanned_ = 0;  // bytes from begin_ known to hold no LF
};

}  // namespace ox
