#include "common/ingest/model/json_stream.h"

#include <algorithm>

#include "common/base/ascii.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

bool is_value(char before) { return before == 'v' || before == 'w'; }

// Of numbers, true, NaN and the like.
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

}  // namespace

JsonStream::JsonStream(JsonInput& input, std::size_t max_document)
    : input_(input), max_document_(max_document) {}

void JsonStream::feed(std::string_view bytes) {
  data_.erase(0, begin_);
  scanned_ -= begin_;
  bad_searched_ -= std::min(bad_searched_, begin_);
  broken_at_ = broken_at_ == std::string::npos || broken_at_ < begin_ ? std::string::npos
                                                                      : broken_at_ - begin_;
  tried_line_ = std::string::npos;
  line_end_known_ = false;
  begin_ = 0;
  data_.append(bytes);
  bad_text_ = {};
}

void JsonStream::restart(std::size_t at) {
  begin_ = at;
  scanned_ = at;
  depth_ = 0;
  in_string_ = false;
  escaped_ = false;
  before_ = '[';
}

// Of the line that begin_ is in; npos when its end has not come. Looked for once a line.
std::size_t JsonStream::line_end() {
  if (!line_end_known_ || line_end_ < begin_) line_end_ = data_.find('\n', begin_);
  line_end_known_ = true;
  return line_end_;
}

// False while the rest of the line has not come.
bool JsonStream::skip_dropped() {
  std::size_t end = data_.find('\n', begin_);
  restart(end == std::string::npos ? data_.size() : end + 1);
  dropping_ = end == std::string::npos;
  return !dropping_;
}

JsonStream::Answer JsonStream::next(std::string& out) {
  if (dropping_ && !skip_dropped()) return Answer::kMore;
  if (bad_waits_) return end_bad_line();
  if (depth_ == 0) {
    while (begin_ < data_.size() && is_json_space(data_[begin_])) ++begin_;
    if (begin_ == data_.size()) return Answer::kMore;
    restart(begin_);
    if (data_[begin_] != '{' && data_[begin_] != '[')
      return bad_line(begin_, Status(Code::kInvalid, "neither an object nor an array"));
    // Mostly a line is a document.
    if (std::size_t end = line_end();
        end != std::string::npos && end != tried_line_ && end - begin_ <= max_document_) {
      std::string_view line(data_.data() + begin_, end - begin_);
      if (input_.append(line, out).ok()) {
        restart(end + 1);
        return Answer::kDocument;
      }
      tried_line_ = end;
    }
  }
  switch (scan()) {
    case Scan::kComplete: {
      std::string_view document(data_.data() + begin_, scanned_ - begin_);
      if (document.size() > max_document_) break;
      Status status = input_.append(document, out);
      if (!status.ok()) return bad_line(scanned_, std::move(status));
      restart(scanned_);
      return Answer::kDocument;
    }
    case Scan::kBroken:
      return broken();
    case Scan::kIncomplete:
      if (scanned_ - begin_ > max_document_) break;
      if (finished_) return broken();
      return Answer::kMore;
  }
  return bad_line(
      begin_ + max_document_,
      Status(Code::kTooLarge, "a document of over " + std::to_string(max_document_) + " bytes"));
}

// Hands out all from begin_ up to the end of the line that `from` is in, when it is there.
JsonStream::Answer JsonStream::bad_line(std::size_t from, Status status) {
  bad_status_ = std::move(status);
  bad_waits_ = true;
  bad_searched_ = from;
  return end_bad_line();
}

JsonStream::Answer JsonStream::end_bad_line() {
  std::size_t end = data_.find('\n', bad_searched_);
  const bool whole = end != std::string::npos;
  if (!whole && !finished_ && data_.size() - begin_ <= max_document_) {
    bad_searched_ = data_.size();
    return Answer::kMore;
  }
  if (!whole) end = data_.size();
  std::string_view text(data_.data() + begin_, std::min(end - begin_, max_document_));
  while (text.ends_with('\r')) text.remove_suffix(1);
  bad_text_ = text;
  bad_waits_ = false;
  restart(whole ? end + 1 : end);
  dropping_ = !whole;
  return Answer::kBad;
}

// The document broke, or ended, at scanned_. The first time that is held against its first line
// alone: that may be a document that was cut, with good ones behind it.
JsonStream::Answer JsonStream::broken() {
  Status status(Code::kInvalid,
                describe_position(std::string_view(data_).substr(begin_), scanned_ - begin_) +
                    ": " +
                    (finished_ && scanned_ == data_.size() ? "the document has no end" : problem_));
  const std::size_t at = scanned_;
  std::size_t end = line_end();
  if (end >= at) return bad_line(at, std::move(status));
  if (broken_at_ == at) {
    // Again: then all the lines in front of the one it breaks in.
    end = data_.rfind('\n', at - 1);
  }
  broken_at_ = at;
  return bad_line(end, std::move(status));
}

// Looks for the end of the array or object at begin_. What may follow what is judged roughly: that
// is less than JSON's grammar, but enough to notice where a document that was cut runs into the
// next one.
JsonStream::Scan JsonStream::scan() {
  const std::size_t limit = std::min(data_.size(), begin_ + max_document_ + 1);
  const std::string_view data(data_.data(), limit);
  while (scanned_ < limit) {
    if (in_string_ && !escaped_) {
      scanned_ = json_plain_end(data, scanned_);
      if (scanned_ == limit) break;
    }
    const char c = data[scanned_];
    if (!in_string_) {
      if (!step(c)) return Scan::kBroken;
    } else if (c == '\n') {
      problem("a line ends inside a string");
      return Scan::kBroken;
    } else if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      before_ = 'v';
    }
    ++scanned_;
    if (depth_ == 0) return Scan::kComplete;
  }
  return Scan::kIncomplete;
}

bool JsonStream::problem(const char* what) {
  problem_ = what;
  return false;
}

// One character outside of strings.
bool JsonStream::step(char c) {
  switch (c) {
    case '{':
    case '[':
      if (is_value(before_)) return problem("a document begins inside another");
      if (depth_ == kMaxForeignDepth) {
        // No line of it can be the beginning of a good one: broken() gives it up at once.
        broken_at_ = scanned_;
        return problem("nested too deeply");
      }
      is_map_[++depth_] = c == '{';
      before_ = c;
      return true;
    case '}':
    case ']':
      if (is_map_[depth_] != (c == '}') || before_ == ',' || before_ == ':')
        return problem("a bracket that closes nothing");
      --depth_;
      before_ = 'v';
      return true;
    case ',':
    case ':':
      if (!is_value(before_)) return problem("expected a value");
      before_ = c;
      return true;
    case '"':
      if (is_value(before_)) return problem("expected ',' or the end");
      in_string_ = true;
      return true;
    default:
      break;
  }
  if (is_json_space(c)) {
    if (before_ == 'w') before_ = 'v';
    return true;
  }
  if (!is_word(c)) return problem("expected a value");
  if (before_ == 'v') return problem("expected ',' or the end");
  before_ = 'w';
  return true;
}

}  // namespace ox
