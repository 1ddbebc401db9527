#pragma once
// Finds the end of a request's head, and looks at the raw bytes for what Beast would let by:
//   - a line that ends with LF alone (found here before the head is complete, so that such a client
//     is answered at once and not after a timeout);
//   - obs-fold, a field that goes on in the next line (RFC 9112 section 5.2), which Beast unfolds.
// Beast itself refuses CR without LF, white space before the colon, control characters in the
// target and in values, and more than one space in the request line. request_parser.h checks what
// the fields say.
#include <cstddef>
#include <string_view>

namespace ox {

class HeadScanner {
 public:
  enum class State { kIncomplete, kComplete, kBareLineFeed, kFolded };

  // `data` begins with the request line, and grows from call to call; only what is new is looked
  // at. After kComplete, size() says how long the head is.
  State scan(std::string_view data);
  // Bytes of the head, with the empty line at its end.
  std::size_t size() const { return at_; }
  void reset() { *this = HeadScanner(); }

 private:
  std::size_t at_ = 0;    // everything before is scanned
  std::size_t line_ = 0;  // where the current line begins
};

}  // namespace ox
