#pragma once
// One open file that is being followed, whatever it is called now: reads what is new in it as
// lines, and notices when its content was replaced. How a rewrite is noticed (copytruncate, `>
// file`): the file is shorter than what was read; or its first bytes changed; or the bytes before
// the place of reading did. The last is part of the same read as the new data, so that even a file
// that was truncated and grew beyond the old place between two looks is caught, as long as it
// differs somewhere there. NULs that were read may be a hole that is filled later: they are not
// compared.
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/ingest/file_position.h"
#include "common/ingest/file_watcher.h"
#include "common/ingest/line_buffer.h"

namespace ox {

class TailedFile {
 public:
  // How much one read_some() reads at most: few system calls, and a turn that stays short.
  static constexpr std::size_t kReadBytes = 256 * 1024;

  enum class Read {
    kData,       // lines() got more
    kEnd,        // nothing new
    kRewritten,  // the content was replaced: hand over lines().peek_rest(), then call restart()
    kFailed,     // status() says why; may work later
  };

  // Starts at `offset` (the end of the file: info.size). Reads the bytes before it to know them
  // again.
  static Result<std::unique_ptr<TailedFile>> start(std::unique_ptr<File> file, std::uint64_t offset,
                                                   bool mid_line, std::size_t max_line);

  // `scratch` is any string; it is kept large so that one serves many files.
  Read read_some(std::string& scratch);
  // Goes back to the start of the file, with nothing in lines().
  void restart();
  // Goes on with another open file of the same id, after a failure such as a stale NFS handle.
  void replace(std::unique_ptr<File> file);

  LineBuffer& lines() { return lines_; }
  FileId id() const { return id_; }
  // Behind the last line popped from lines().
  FileMark mark() const;
  // Bytes in the file that were not popped yet, by its last known size.
  std::uint64_t lag() const;
  bool failed() const { return !status_.ok(); }
  const Status& status() const { return status_; }

  // What the owner keeps beside the file.
  FileInfo last_at_path;   // as it was when last seen under the followed path
  MonoTime left_path{-1};  // when it was first seen to have a successor there; -1: it has none
  MonoTime last_data{};    // when it last had something new
  FileWatcher::Handle watch = FileWatcher::kNone;

 private:
  TailedFile(std::unique_ptr<File> file, const FileInfo& info, bool mid_line, std::size_t max_line);
  Read failed(Status status);
  bool same_before(std::string_view there) const;

  std::unique_ptr<File> file_;
  FileId id_;
  LineBuffer lines_;
  std::uint64_t read_offset_ = 0;  // of the next byte to be read
  std::string before_;             // the bytes in front of read_offset_, up to kBeforeBytes
  Fingerprint fingerprint_;
  std::uint64_t known_size_ = 0;
  WallTime end_seen_{-1};  // modification time when the end was last reached
  bool rewritten_ = false;
  Status status_;
};

}  // namespace ox
