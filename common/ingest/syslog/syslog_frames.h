#pragma once
// A stream cut into syslog messages, as RFC 6587 (and RFC 5425) has it. Each frame says itself how
// it ends:
//   "19 <13>1 - - - - - - x"   begins with a digit: so many bytes
//   "<13>hello\n"              anything else: up to a line feed, or a NUL
// Where the first frame of the second kind ended with a NUL, line feeds are a part of the messages
// from then on: Python's SysLogHandler sends text of several lines so.
#include <cstddef>
#include <string_view>

namespace ox {

class SyslogFrames {
 public:
  enum class Outcome {
    kFrame,
    kMore,    // bytes are missing
    kBroken,  // no length, or one over the limit: nothing that follows can be understood
    kPickle,  // Python's SocketHandler speaks
  };
  struct Frame {
    std::string_view text;  // without what ends it; never empty
    // Of a line over the limit, which comes in pieces.
    bool starts = true;
    bool ends = true;
  };

  // max_frame: bytes of the longest message that is not cut.
  explicit SyslogFrames(std::size_t max_frame) : max_frame_(max_frame) {}

  // The next frame of `bytes`, in which `at` is where the last one ended; it is moved on.
  Outcome next(std::string_view bytes, std::size_t& at, Frame& out);
  // What is left when nothing more will come: a last line. False when there is none.
  bool rest(std::string_view bytes, Frame& out);

 private:
  Outcome next_counted(std::string_view rest, std::size_t& at, Frame& out) const;
  Outcome next_delimited(std::string_view rest, std::size_t& at, Frame& out);

  std::size_t max_frame_;
  bool nul_only_ = false;
  bool decided_ = false;
  bool mid_line_ = false;  // the last piece did not end its line
};

}  // namespace ox
