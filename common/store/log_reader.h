#pragma once
// Reads the log files that oxd and BlueOx write: <YYYYMMDD>/<type>-<YYYYMMDD>[HH][-host].log, plain
// or with .gz, .bz2 or .zst, each the concatenated bodies of its events (proto/README.md, "Log files").
// Files that lie flat in the log directory are found too.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/decompressor.h"
#include "common/store/event_splitter.h"
#include "proto/log_name.h"

namespace ox {

struct LogFile {
  std::string path;
  std::string type;
  WallTime start{};  // of its period
  Compression compression = Compression::kNone;
  // True for the file of types beyond oxd's --max-types: only the events tell of which type they
  // are.
  bool mixed = false;
};

struct LogFileList {
  std::vector<LogFile> files;  // by start of the period, type, compressed before plain, path
  // Of directories that could not be listed, and compressed files that could not be looked into.
  std::vector<Status> problems;
};

using TypePredicate = std::function<bool(std::string_view type)>;

// The files of the types wanted that may hold events received from `first` to `last`, both
// inclusive. An hourly name is taken to cover the hours up to the next that the rotation of its
// directory allows. A log file that the .zst beside it covers is left out. Only directories named
// YYYYMMDD are entered. Error: `directory` itself cannot
// be listed. The type of a cut name is the name itself (proto/log_name.h, encode_type()).
Result<LogFileList> find_log_files(FileSystem& fs, const std::string& directory,
                                   const TypePredicate& wanted, WallTime first, WallTime last);

// The events of one file in order.
// Threading: one thread.
class LogReader {
 public:
  // Errors: kIo, kNotFound; both name the file.
  static Result<LogReader> open(FileSystem& fs, const LogFile& file);

  // True: `event` is the next one, valid until next() is called again. False: the file ends; an
  // event that is only half there is none (see unfinished()). Errors, naming file and offset (in
  // the decompressed bytes): kCorrupt, kTooLarge, kIo. Nothing behind the place is read.
  Result<bool> next(std::string_view& event);

  // Behind the event given out last, in the decompressed bytes.
  std::uint64_t offset() const { return splitter_.offset(); }

  // After the end: bytes of an event that is only half there.
  std::size_t unfinished() const { return splitter_.unfinished(); }

 private:
  LogReader(std::string path, std::unique_ptr<ByteSource> source)
      : path_(std::move(path)), source_(std::move(source)) {}
  Status fill();

  std::string path_;
  std::unique_ptr<ByteSource> source_;
  EventSplitter splitter_;
  bool at_end_ = false;
  Status broken_;  // of the source, told once the events before it are given out
};

}  // namespace ox
