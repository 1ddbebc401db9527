#pragma once
// The runs that a node with a disk spool knows and does not hold in memory: a few files
// (dedup_file.h), each larger than all the newer ones together, so that N records lie in about
// log2(N) files and each is rewritten as often. What is added becomes a new file, together with the
// newest files as far as the order of sizes asks for it. From time to time all become one, without
// the runs that have expired.
//
// Safety:    a file is synced, with its name, before install() makes it known. Files that it
//            replaces stay until no checkpoint slot names them: remove_unnamed().
// Failure:   damage is told to `on_damage`, once for each place: the runs in it are forgotten. A
//            disk that cannot be read is told to `on_failure`: what is known cannot be said any
//            more. Both are called with a lock held, and must not call this object.
// Threading: thread-safe; merge() and install() by one thread at a time.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/spool/dedup_file.h"

namespace ox {

class SpilledRuns {
 public:
  struct Listener {
    std::function<void(const DamagedRange&)> on_damage;
    std::function<void(const Status&)> on_failure;
  };
  // `fs` must outlive it.
  SpilledRuns(FileSystem& fs, std::string directory, const Uuid& spool_id, Listener listener)
      : fs_(fs),
        directory_(std::move(directory)),
        spool_id_(spool_id),
        listener_(std::move(listener)) {}

  // --- At the start, before anything else ---
  // The file is one of those that count. One that is missing is damage. Error: kIo, kInvalid,
  // kUnsupported.
  Status add_file(std::uint64_t number, const DedupFileRef* expected);
  // The file does not count any more, but a checkpoint slot names it.
  void add_retired(std::uint64_t number);
  // No new file will have a number up to this.
  void skip_numbers(std::uint64_t upto);

  // --- Questions ---
  // The record of the run that reaches highest, heard when the run last was. Every record of the
  // run that begins behind its first is contained in it.
  std::optional<DedupRecord> find(const Uuid& run);
  bool contains(const Uuid& run, std::uint64_t seq);

  // --- Changes ---
  struct Merged {
    std::shared_ptr<DedupFile> file;  // null when nothing is left
    std::size_t replaces_from = 0;    // of the files in use, from this one on
  };
  // When an expired run that was spilled was last heard of, if the node has it in memory as well.
  using HeardInMemory = std::function<std::optional<Micros>(const Uuid& run)>;
  // All files should be merged into one, with nothing to add: something in them may have expired.
  bool merge_due(Micros now, Micros age) const;
  // Writes `added` (in the order of records, those of a run disjoint) and what files it belongs
  // with into a new file. Nothing is changed but the disk. Errors: kNoSpace (may be tried again),
  // kIo (must not).
  Result<Merged> merge(const std::vector<DedupRecord>& added, Micros now, Micros age,
                       const HeardInMemory& heard_in_memory);
  void install(Merged merged);
  // Removes the files that were replaced, and are not among `named`. Files that a crash brings back
  // go at the next start.
  void remove_unnamed(const std::set<std::uint64_t>& named);

  // The files in use, oldest first.
  std::vector<DedupFileRef> files() const;
  // All of them are there: in use, or replaced and not removed yet.
  bool has_files(const std::vector<DedupFileRef>& refs) const;
  std::uint64_t run_count_approx() const;  // runs that came back and left again count twice
  std::size_t memory_bytes() const;

 private:
  class Stream;
  using Files = std::vector<std::shared_ptr<DedupFile>>;

  std::optional<DedupRecord> ask(DedupFile& file, const Uuid& run, std::uint64_t seq);  // mu_ held
  void tell(const DamagedRange& range);                                                 // mu_ held
  std::string path(std::uint64_t number) const;
  std::size_t first_to_merge(const Files& files, std::size_t added, Micros now, Micros age) const;
  Status write(const Files& sources, const std::vector<DedupRecord>& added, DedupFileWriter& writer,
               const std::function<bool(const Uuid&, Micros&)>& is_expired);

  FileSystem& fs_;
  const std::string directory_;
  const Uuid spool_id_;
  const Listener listener_;

  mutable std::mutex mu_;  // held while a question is read; guards everything below
  Files files_;            // oldest first
  std::set<std::uint64_t> retired_;
  std::uint64_t last_number_ = 0;
  bool is_damaged_ = false;  // records were lost: all are rewritten soon, so that no start tells it
  std::set<std::pair<std::string, std::uint64_t>> told_;  // damaged blocks, by path and offset
};

}  // namespace ox
