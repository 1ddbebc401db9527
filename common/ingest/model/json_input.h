#pragma once
// JSON as it comes in, to MessagePack, without a tree in between. simdjson reads what is strict JSON
// (Langdale and Lemire 2019, "Parsing Gigabytes of JSON per Second"); what it refuses goes to our
// own tolerant parser (json_text.h, which says what is forgiven and kept). Both give the same bytes
// for the same document.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/ingest/model/json_text.h"

namespace ox {

// Threading: one thread at a time. Memory: up to 14 times the longest document it has seen, of those
// under 1 MiB; keep one for each thread, not for each connection.
class JsonInput {
 public:
  // max_depth: of nested arrays and objects, at most kMaxForeignDepth.
  explicit JsonInput(std::size_t max_depth = kMaxForeignDepth);
  ~JsonInput();

  // Appends the one document that `text` is, white space around it aside. Errors leave `out` as it
  // was, and say where in `text` ("line 1, column 7 (byte 6): ..."): kInvalid, kTooLarge (nested
  // deeper than max_depth).
  Status append(std::string_view text, std::string& out);

  // One of several documents that follow each other, with or without white space between them:
  // appends the first of `rest` and removes it from there. False when there is none left. Errors as
  // above, counted from the beginning of `rest`, which stays as it was.
  Result<bool> append_next(std::string_view& rest, std::string& out);

  // What was forgiven in the last document.
  const JsonNotes& notes() const { return notes_; }

 private:
  struct Strict;
  bool append_strict(std::string_view text, std::string& out);

  const std::size_t max_depth_;
  std::unique_ptr<Strict> strict_;
  JsonTextParser tolerant_;
  JsonNotes notes_;
};

}  // namespace ox
