#pragma once
// One followed path (`-F`): its lines as events, across rotation, truncation and re-creation.
//
// What is at the path changes, so a tail holds a chain of files, oldest first: as a rule one. When
// another file appears at the path, it is appended; files that came and went between two looks are
// found beside it by name and put in between. The old file is read to its end, and goes on being
// looked at for `rotate_grace` for writers that have not noticed; then its last line is taken as it
// is, and the file is let go. Lines of one file keep their order; an old file's lines come before
// the new file's, late ones excepted.
//
// Truncated or overwritten (tailed_file.h): the incomplete line read before becomes an event, and
// reading starts at the front. Missing: waits, reading on what it holds. Blank lines are skipped.
// Nothing is dropped here: when the sink is full, reading stops, while look() keeps hold of files
// that rotation would take away.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/file_claims.h"
#include "common/ingest/file_position.h"
#include "common/ingest/file_spec.h"
#include "common/ingest/file_watcher.h"
#include "common/ingest/line_event.h"
#include "common/ingest/tailed_file.h"

namespace ox {

struct TailOptions {
  std::string host;                     // in the events
  std::size_t max_line = 1024 * 1024;   // longer lines come in pieces (line_buffer.h)
  Micros rotate_grace = Seconds(5);     // how long an old file is held after its last new byte
  Micros poll_interval = Seconds(1);    // how often everything is looked at, watched or not
  std::size_t turn_bytes = 512 * 1024;  // read from one file before the others get their turn
};

// What all tails of a process share. The references must outlive the tails.
struct TailShared {
  FileSystem& fs;
  const Clock& clock;
  FileWatcher& watcher;
  EventSink& sink;
  TailOptions options;
  FileClaims claims;
  std::string scratch;  // for reading
  std::string body;     // for the event at hand
};

struct TailStats {
  std::uint64_t events = 0;
  std::uint64_t pieces = 0;       // events that are a part of a line over the limit
  std::uint64_t rotations = 0;    // new files taken up at the path
  std::uint64_t truncations = 0;  // times the content was replaced under us
  std::uint64_t lost_files = 0;   // gone at the start, or unreadable to the end
  std::uint64_t errors = 0;       // failed reads and opens
};

class FileTail {
 public:
  enum class Outcome {
    kDry,   // nothing more at the moment
    kMore,  // the turn's bytes are used up; there is more
    kFull,  // the sink is full
  };

  FileTail(TailShared& shared, FileSpec spec, SourceNumber number);
  ~FileTail();
  FileTail(const FileTail&) = delete;
  FileTail& operator=(const FileTail&) = delete;

  // Follows from the end of the file. Errors, each naming the path: kNotFound, kIo (not readable),
  // kInvalid (not a regular file).
  Status start_at_end();
  // Goes on from a position recorded earlier: what was rotated away since is read first. A file
  // that is gone is reported and counted; when there is none at the path either, it is waited for.
  // Errors: kIo; kInvalid.
  Status start_at(const FilePosition& position);

  // Takes note of what rotation did; hands nothing over. poll() does it, too.
  void look();
  // Hands over what is new.
  Outcome poll();
  // Renews the watches: directories and files behind names change. True when all could be watched.
  bool watch();

  // Where a restart would go on now; worth recording before the first event comes.
  FilePosition position() const;
  std::uint64_t lag() const;  // bytes that wait in the files
  const FileSpec& spec() const { return spec_; }
  SourceNumber number() const { return number_; }
  const TailStats& stats() const { return stats_; }

 private:
  using Chain = std::vector<std::unique_ptr<TailedFile>>;

  Status append(const std::string& path, std::uint64_t offset);
  Status append(std::unique_ptr<File> file, const std::string& path, std::uint64_t offset,
                bool mid_line);
  void take_up(const FileInfo& at_path);
  void mark_left();
  void warn(const Status& status);
  Outcome hand_over(std::size_t index, std::size_t& budget);
  Outcome hand_rest(std::size_t index, bool restarts);
  EventSink::Answer offer(std::size_t index, const LineBuffer::Line& line, std::uint64_t offset);
  bool due(const TailedFile& file) const;
  void let_go(std::size_t index);
  void encode();

  TailShared& shared_;
  FileSpec spec_;
  SourceNumber number_;
  LineEventEncoder encoder_;
  Chain chain_;
  std::string encoded_;  // position() encoded; the offset at hand is patched in
  // The file at the path belongs to another tail, or did when it was read to its end.
  std::optional<FileId> elsewhere_;
  bool missing_ = false;
  std::string last_warning_;
  MonoTime last_warned_{};
  TailStats stats_;
};

}  // namespace ox
