#pragma once
// A document, as Python's logging handlers send it, seen as a log record (a LogRecord's __dict__):
//
//   name, created, levelno, message     the record's head; without `message` it is `msg`
//   meta    what LogRecord has besides (lineno, threadName, msg, args, ...)
//   error   exc_info and exc_text, when exc_text says something
//   data    everything else: the sender's own
//
// `levelname` and `asctime`, which say again what the head says, and an exc_info without its text
// are no part of the record; the event keeps them all the same.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/http/http_response.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/timestamp.h"
#include "proto/raw_value.h"

namespace ox {

enum class RecordModel {
  kChronologer,  // what the record API accepts: the head, exc_text and exc_info must be there
  kRaw,          // any document, kept whole; of the head what it happens to have
  kPython,       // as kChronologer, but what is missing is made up for, and msg % args is done
};

// Views into the document that it was read from, which must outlive it.
class LogRecord {
 public:
  LogRecord() = default;
  LogRecord(const LogRecord&) = delete;
  LogRecord& operator=(const LogRecord&) = delete;

  // Once. `document`: one value of JsonInput or append_form_record(). now: for a record without a time.
  // Nothing, or the error to answer, which leaves the record unusable.
  std::optional<HttpError> read(RawValue document, RecordModel model, WallTime now);

  std::string_view name() const { return name_; }        // in full
  std::string_view message() const { return message_; }  // the same
  int level() const { return level_; }
  WallTime created() const { return created_.at; }

  // {meta, data, error}, those that are not empty; kRaw: the document. Appends MessagePack.
  void pack_logrec(std::string& out) const;
  // Sets all of `event` but its type, host and id. `logrec`: of pack_logrec(); the event views both.
  void fill(ForeignEvent& event, std::string_view logrec) const;

 private:
  void find_keys(RawValue document);
  std::optional<HttpError> check_head(RecordModel model, WallTime now);
  void read_raw(WallTime now);
  void find_python_message();
  bool has_error() const;

  RecordModel model_ = RecordModel::kChronologer;
  RawValue document_;
  // The values of the keys, the last of equal ones; kInvalid: not there.
  RawValue name_value_, created_value_, level_value_, message_value_, msg_, args_;
  RawValue exc_text_, exc_info_, level_name_, asctime_, process_;
  std::vector<RawMap::Entry> doubles_;  // of the head, before the last
  std::size_t meta_size_ = 0;
  std::size_t data_size_ = 0;

  std::string_view name_;
  std::string_view message_;
  std::string formatted_;  // what message_ views, when it had to be made
  int level_ = 0;
  Timestamp created_;
};

// The created record as the API answers it, with name and message cut to what Chronologer keeps
// (127 and 255 characters). `logrec` as of LogRecord::pack_logrec().
void append_record_json(std::string& out, const LogRecord& record, std::string_view logrec,
                        std::uint64_t id);

}  // namespace ox
