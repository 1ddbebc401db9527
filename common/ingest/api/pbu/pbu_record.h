#pragma once
// What PBU's handler posts, a LogRecord's __dict__ as JSON and perhaps a `trace`, as an event and as
// the text of a level file.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/http/http_response.h"
#include "common/ingest/api/pbu/pbu_level.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/timestamp.h"
#include "proto/raw_value.h"

namespace ox {

// Views into the document that it was read from, which must outlive it.
class PbuRecord {
 public:
  PbuRecord() = default;
  PbuRecord(const PbuRecord&) = delete;
  PbuRecord& operator=(const PbuRecord&) = delete;

  // Once. `document`: one value of JsonInput. now: for a record without a time. max_bytes: of a
  // message that is put together. Nothing, or the error to answer (400), which leaves the record
  // unusable.
  std::optional<HttpError> read(RawValue document, WallTime now, std::size_t max_bytes);

  PbuLevel level() const { return level_; }
  std::string_view name() const { return name_; }
  std::string_view message() const { return message_; }

  // Sets all of `event` but its type and host; it then views the record. Every key stays in the
  // body; `name` and `message` are the body's own.
  void fill(ForeignEvent& event) const;

  // Appends the lines of a level file: the message, and what explains it (the trace; without one,
  // the exception's and the stack's text). UTF-8 in every case. Lines that do not begin the record
  // never look as if they did.
  void append_lines(std::string& out, PbuLayout layout, WallTime now) const;

 private:
  void find_keys();
  std::optional<HttpError> read_level();
  void read_message(std::size_t max_bytes);
  bool moved(RawValue value) const;
  std::string level_word(PbuLayout layout) const;

  RawValue document_;
  // The values of the keys, the last of equal ones; kInvalid: not there.
  RawValue name_value_, message_value_, msg_, args_, level_number_, level_name_, created_value_;
  RawValue process_, line_, trace_, stack_info_, exc_text_;

  PbuLevel level_ = PbuLevel::kInfo;
  int canonical_ = 0;  // level
  Timestamp created_;
  std::string_view name_;
  std::string_view message_;
  std::string made_name_;     // what name_ views, when it had to be made
  std::string made_message_;  // the same of message_
};

}  // namespace ox
