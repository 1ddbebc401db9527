#pragma once
// The wanted events of one log file, some at a time, from the front or from the back. The part of
// EventScan (event_scan.h) that knows one file. Threading: one thread.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/block_selector.h"
#include "common/store/event_matcher.h"
#include "common/store/event_scan.h"
#include "common/store/raw_log.h"

namespace ox {

class FileScan {
 public:
  struct Settings {
    bool reverse = false;
    std::function<bool()> go_on;
    std::function<void(const SlotCount&)> count_block;  // may be empty: ScanOptions::count_block
    // Forward only: events that begin before `from` or end behind `until` are none; both lie between
    // two events.
    std::uint64_t from = 0;
    std::uint64_t until = UINT64_MAX;
  };
  enum class Index { kUse, kIgnore };
  // References must outlive it. Errors: kIo, kNotFound.
  static Result<std::unique_ptr<FileScan>> open(FileSystem& fs, const LogFile& file,
                                                EventMatcher matcher, const Settings& settings,
                                                ScanProgress& progress, Index index);
  // Of a file that is open already; kUse only when it was opened just now.
  static std::unique_ptr<FileScan> open(FileSystem& fs, const LogFile& file, EventMatcher matcher,
                                        const Settings& settings, ScanProgress& progress,
                                        Index index, RawLog raw);

  enum class Loaded { kSome, kEnd, kGivenUp };
  // Finds wanted events further on: matches(), which may be none, of bytes(). They are valid until
  // the next call.
  Loaded load();

  // Whole events that lie together.
  struct Piece {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t events = 0;  // 0: not known
    // Of the `end` of those that are wanted, or more; min > max when none has a number there.
    double min_end = 0;
    double max_end = 0;
    bool some_without_end = false;
    bool indexed = false;  // the index says so, which is to be seen
  };
  // In place of load(), and not in reverse: all pieces that may have wanted events, in the order of
  // the file, without reading what the index knows. False: was given up.
  bool survey(std::vector<Piece>& pieces);
  // As load(), of one piece of a survey, perhaps by another scan of the file. kEnd: it cannot be read
  // (problem()), or is not as it was said to be.
  Loaded load(const Piece& piece);
  // False: of pieces of this file later ones should be read later.
  bool random_access() const { return raw_.random_access(); }

  const std::vector<EventMatcher::Match>& matches() const { return matches_; }
  std::string_view bytes(const EventMatcher::Match& match) const {
    return chunk_.substr(match.begin, match.length);
  }
  // Of bytes() in the file.
  std::uint64_t offset(const EventMatcher::Match& match) const {
    return chunk_offset_ + match.begin;
  }

  // All whole bytes of the last load(), whether they match or not.
  std::string_view chunk() const { return chunk_; }
  std::uint64_t chunk_offset() const { return chunk_offset_; }
  // Forward: events that begin before this were looked through, or passed over with reason.
  std::uint64_t done() const { return done_; }
  // Gives the open file away; the scan is not to be used any more.
  RawLog take_raw() { return std::move(raw_); }

  // What ended the reading before the end of the file; ok() when nothing has.
  const Status& problem() const { return problem_; }
  // Onwards, after the end: behind the last whole event.
  std::uint64_t reached() const { return at_; }
  // Bytes of an event that is only half there at the end.
  std::uint64_t unfinished() const { return unfinished_; }

 private:
  // Bytes of whole events.
  struct Span {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool wanted = true;
    bool indexed = false;  // by the index, which is to be seen
  };

  FileScan(const LogFile& file, EventMatcher matcher, const Settings& settings,
           ScanProgress& progress, RawLog raw);

  void use_index(FileSystem& fs, const LogFile& file);
  // Whether an indexed block is to be read.
  bool select(const IndexBlock& block);
  // The index says what the file does not: everything from `offset` on is read without it.
  void distrust_index(std::uint64_t offset);
  Loaded load_onwards();
  void drop_outside();
  // The next block of the index that is to be read. False: there are no more.
  bool read_block();
  Loaded load_backwards();
  // The whole events of a piece, from at_ on and not beyond `limit`, looked through. False at the
  // end.
  bool read_piece(std::uint64_t limit);
  // Finds spans_, from at_ on. False when it was given up.
  bool split(std::uint64_t limit);
  bool read_span(const Span& span);
  // Finds the matches in a chunk that was read. False: it is not what it should be, `length` bytes
  // of `expected` events (0: any number).
  bool look_through(std::uint32_t length, std::uint64_t expected);
  // For a file that cannot be read from the middle: as many of the last spans as may be kept.
  bool fill_window();
  void complain(std::uint64_t offset, const Status& status);

  const std::string path_;
  const EventMatcher matcher_;
  const BlockSelector selector_;
  const Settings& settings_;
  ScanProgress& progress_;
  RawLog raw_;

  std::optional<LogIndex> index_;
  std::size_t next_block_ = 0;  // of the index, onwards

  std::vector<EventMatcher::Match> matches_;
  std::string_view chunk_;  // what they lie in
  std::uint64_t chunk_offset_ = 0;

  // Onwards: the buffer has chunk_size_ bytes that are done with, and then pending_ bytes, which
  // begin an event that is not whole yet and lie at at_ of the file.
  std::string buffer_;
  std::size_t chunk_size_ = 0;
  std::size_t pending_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t done_ = 0;
  bool ended_ = false;

  // Backwards.
  bool split_done_ = false;
  std::vector<Span> spans_;                      // to come, the last one first
  std::map<std::uint64_t, std::string> window_;  // by offset
  Status problem_;
  std::uint64_t unfinished_ = 0;
};

}  // namespace ox
