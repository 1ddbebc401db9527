#pragma once
// The wanted events of log files in order of time (event_order.h), each when it is asked for. The
// part of EventScan (event_scan.h) that sorts.
//
// Files are written nearly in order, so nothing is read that need not be: a piece of a file is read
// once no event before the least that it may have (by the index; without one the file is walked
// over first) is left to be given out. Of what is read, events wait in memory for their turn.
// Bounds:    kMostWaitingBytes of events that wait, and about 60 bytes for each piece. When more
//            would have to wait, those whose turn is latest are let go, and read again later.
// Threading: one thread.
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/store/event_order.h"
#include "common/store/file_scan.h"
#include "common/store/scan_files.h"

namespace ox {

class SortedScan {
 public:
  static constexpr std::size_t kMostWaitingBytes = 128 << 20;

  // `files` must outlive it.
  SortedScan(ScanFiles& files, EventOrder order, std::size_t most_waiting = kMostWaitingBytes);

  // As EventScan's.
  Result<bool> next(std::string_view& event);
  std::size_t file() const { return current_->part.file; }
  std::uint64_t offset() const { return current_->entries[current_->at].offset; }

 private:
  // What of a file is read at once.
  struct Part {
    std::size_t file = 0;
    std::vector<FileScan::Piece> pieces;
    EventRank least;               // of what has not been given out, nor waits elsewhere
    std::optional<EventRank> end;  // before this; nothing: to the last
    bool read = false;             // once, and found to be as announced
    bool operator>(const Part& other) const { return least > other.least; }
  };
  struct Entry {
    EventRank rank;
    std::uint64_t offset = 0;
    std::size_t begin = 0;  // in Waiting::bytes
    std::uint32_t length = 0;
    bool operator<(const Entry& other) const { return rank < other.rank; }
  };
  // Events of a part that were read, in order; those before `at` were given out.
  struct Waiting {
    Part part;
    std::string bytes;
    std::vector<Entry> entries;
    std::size_t at = 0;

    const EventRank& least() const { return entries[at].rank; }
    std::size_t size() const { return bytes.size() + entries.size() * sizeof(Entry); }
  };
  struct KnownFile {
    // What was read by the index, until it turned out to be wrong: offset, and behind it.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> done;
    bool distrusted = false;
    bool complained = false;
  };

  // Learns what there is to read. Errors: kUnavailable, was given up.
  Status survey();
  Status survey(std::size_t file, FileScan::Index index);
  void add_unread(Part part);
  Status load(Part part);
  // False: it is not as the index says, or cannot be read.
  Result<bool> load_piece(FileScan& scan, const FileScan::Piece& piece, Waiting& into);
  Status find_anew(std::size_t file);
  void complain(std::size_t file, const Status& status);
  Result<FileScan*> open(std::size_t file);
  void add_waiting(std::unique_ptr<Waiting> waiting);
  void release_current();
  void make_room();

  ScanFiles& files_;
  const EventOrder order_;
  const std::size_t most_waiting_;
  bool surveyed_ = false;
  std::vector<KnownFile> known_;
  std::vector<Part> unread_;                       // heap, the least in front
  std::vector<std::unique_ptr<Waiting>> waiting_;  // the same
  std::unique_ptr<Waiting> current_;               // what was given out last, is its `at`
  std::size_t waiting_bytes_ = 0;
  std::list<std::pair<std::size_t, std::unique_ptr<FileScan>>> open_;  // used last, first
};

}  // namespace ox
