#pragma once
// JSON arrays and objects out of a stream of bytes, however it arrives: one a line, pretty-printed
// over many lines, or one directly behind the other. Only arrays and objects count as documents:
// a line that begins with anything else is garbage, as is one that breaks JSON's rules. Reading goes
// on with the next line behind the garbage, so that a cut or a bad document takes no other with it;
// what a bad document that spans lines had on the others is judged line by line.
//
//   stream.feed(bytes);
//   while (true) switch (stream.next(out)) {...}
#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/ingest/model/json_input.h"

namespace ox {

// Not thread-safe. Bounds: keeps at most one unfinished document, and what was fed in one go.
class JsonStream {
 public:
  enum class Answer {
    kDocument,  // appended to `out`
    kBad,       // bad_text(), and why: bad_status()
    kMore,      // nothing more in what was fed
  };

  // `input` is borrowed; it may be shared with other streams of the same thread. max_document:
  // bytes of the longest document; of a longer one the beginning is handed out as bad, the rest of
  // its line is dropped.
  JsonStream(JsonInput& input, std::size_t max_document);

  // Copies `bytes`. Call when next() has answered kMore.
  void feed(std::string_view bytes);
  // No more will come: what is left is a document without an end, bad.
  void finish() { finished_ = true; }

  Answer next(std::string& out);

  // Valid until the next call that is not const. Without the line's end; cut to max_document.
  std::string_view bad_text() const { return bad_text_; }
  const Status& bad_status() const { return bad_status_; }

  // Bytes that wait for the rest of their document.
  std::size_t waiting() const { return data_.size() - begin_; }

 private:
  enum class Scan { kComplete, kIncomplete, kBroken };

  std::size_t line_end();
  bool skip_dropped();
  Scan scan();
  bool step(char c);
  bool problem(const char* what);
  Answer bad_line(std::size_t from, Status status);
  Answer end_bad_line();
  Answer broken();
  void restart(std::size_t at);

  JsonInput& input_;
  const std::size_t max_document_;
  std::string data_;
  std::size_t begin_ = 0;  // of the document at hand
  bool finished_ = false;
  bool dropping_ = false;  // up to the end of the line

  // What scan() knows of the document at hand.
  std::size_t scanned_ = 0;  // bytes of data_ up to which it has looked
  std::size_t depth_ = 0;
  std::bitset<kMaxForeignDepth + 1> is_map_;  // by depth
  bool in_string_ = false;
  bool escaped_ = false;
  char before_ = '[';  // the token before: [ { , : or v for a value, w for one that may go on
  const char* problem_ = "";
  // Where the last document broke: broken again at the same place, it is given up as a whole.
  std::size_t broken_at_ = std::string::npos;
  bool line_end_known_ = false;
  std::size_t line_end_ = 0;
  std::size_t tried_line_ = std::string::npos;  // the line that was not one document

  // A bad line whose end has not come: where to look for it.
  bool bad_waits_ = false;
  std::size_t bad_searched_ = 0;

  std::string_view bad_text_;
  Status bad_status_;
};

}  // namespace ox
