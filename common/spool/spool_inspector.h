#pragma once
// Looks into the directory of a disk spool without a daemon: what is there, what is damaged, what
// would still go to which output. It writes nothing and takes no lock; while a daemon has the
// spool, files may change and go under our eyes, and the report says so.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/uuid.h"
#include "common/spool/checkpoint.h"
#include "common/spool/dedup_file.h"
#include "common/spool/segment.h"

namespace ox {

struct SpoolReport {
  struct Slot {
    std::string path;
    bool exists = false;
    std::uint64_t size = 0;  // of the file
    CheckpointSlot content;
    std::uint64_t dedup_runs = 0;  // in the slot itself
    std::vector<DedupFileRef> dedup_files;
    bool counts = false;  // it is the newer of the two
  };
  struct Segment {
    std::string path;
    Position base = 0;
    Position end = 0;           // behind its last record
    std::uint64_t size = 0;     // of the file
    std::uint64_t records = 0;  // those that can be read, like all below
    std::uint64_t events = 0;
    std::uint64_t body_bytes = 0;
    WallTime first_accepted{};  // nothing without records
    WallTime last_accepted{};
  };
  struct DedupFile {  // of runs that left memory
    std::string path;
    bool exists = false;
    bool counts = false;    // the newest slot names it; the others are kept for the other slot
    bool leftover = false;  // no slot names it: the next start removes it
    std::uint64_t size = 0;
    std::uint64_t runs = 0;
    std::uint64_t records = 0;
    Micros made_at{};  // in uptime of the node
  };
  struct Output {
    Position released = 0;
    std::uint64_t pending_events = 0;  // in records that can be read
    std::uint64_t pending_bytes = 0;   // of records, to the end of the log
  };

  std::string holder;  // the process that has the spool now; "" = none
  Uuid id;             // nil when neither a checkpoint nor a segment tells it
  std::vector<Slot> slots;
  std::vector<Segment> segments;          // by base
  std::vector<DedupFile> dedup_files;     // by number
  std::map<std::string, Output> outputs;  // of the checkpoint that counts
  Position end = 0;                       // where the next record would go
  std::vector<DamagedRange> damage;       // of files here; a length of 0 is the file as a whole
  std::uint64_t torn_bytes = 0;         // of an append that was cut off: no damage, a start cuts it
  std::uint64_t quarantined_files = 0;  // what earlier starts have set aside
  std::uint64_t quarantined_bytes = 0;

  const Slot* newest() const;  // null without a whole slot
};

class SpoolInspector {
 public:
  // `fs` must outlive it.
  SpoolInspector(FileSystem& fs, std::string directory)
      : fs_(fs), directory_(std::move(directory)) {}

  // Finds the slots and segments. Errors: kNotFound (no such directory, or no spool in it), kIo.
  Status open();
  // Reads the records from `from` on, in order, and reports on them; `visit` may be empty. Segments
  // that end before `from` are not read. To be called once. Errors: kIo, those of `visit`.
  using Visit = std::function<Status(const SpoolRecord&)>;
  Status read(Position from, const Visit& visit);

  const SpoolReport& report() const { return report_; }

 private:
  Status open_slot(std::size_t n);
  Status list_segments();
  Status list_dedup_files();
  Status read_dedup_file(std::uint64_t number, SpoolReport::DedupFile& file);
  Status count_quarantine();
  Result<std::unique_ptr<SegmentReader>> open_segment(const SpoolReport::Segment& segment);
  Status read_segment(std::size_t n, Position from, const Visit& visit);
  Status read_records(std::size_t n, SegmentReader& reader, Position limit, Position from,
                      const Visit& visit);
  void note_tail(std::size_t n, Position file_end, bool former, bool unfinished);
  void note_missing();
  void count_for_outputs(const SpoolRecord& record);
  bool is_last(std::size_t n) const { return n + 1 == report_.segments.size(); }

  FileSystem& fs_;
  const std::string directory_;
  SpoolReport report_;
  std::map<std::uint64_t, SpoolReport::DedupFile> dedup_files_;  // by number
};

}  // namespace ox
