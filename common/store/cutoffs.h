#pragma once
// Events that are gone though their bytes are still in the log files: each rule says which, and
// every reader leaves them out. Kept in `<log directory>/cutoffs`, which the collector writes
// (oxd/write/log_keeper.h).
//
// A rule hides what was stored when it was made, and nothing that came later:
//   - in files of days before its own (`day`), every event that it means;
//   - in other files, those that it lists, up to the length they had then: a log file is known
//     again by the CRC of what lies before that length, a compressed one by its name.
// When a log file is compressed, what is hidden is left out, so that offsets change. The .zst says
// then (seekable_zstd.h) up to which number rules are done with: those have no say over it, nor
// over a log file beside it, which was written later.
//
// Format, integers little-endian:
//   offset  bytes  meaning
//        0      4  "OXCO"
//        4      4  version, 1
//        8      4  CRC-32C of everything from offset 12 on
//       12      8  number of the latest rule ever made
//       20      4  how many rules follow, by number; for each:
//                8  number
//                8  day: the first instant of it, Unix microseconds (signed)
//                1  flags: 1 a time is given, 2 a level is, 4 Logger's ids only, 8 exact type
//                8  before: f64, Unix seconds
//                8  the level (signed)
//              2+n  type, or what types begin with
//                4  how many names follow: 2+n each
//                4  how many files follow: 2+n path relative to the log directory; 8 length,
//                   2^64-1 for all of it; 4 CRC-32C of the last 4096 bytes before it (0 for a
//                   compressed file)
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/log_reader.h"
#include "proto/cutoff.h"
#include "proto/event_slices.h"

namespace ox {

inline constexpr std::string_view kCutoffsName = "cutoffs";
// More rules than this are not taken; those that a newer one makes idle do not count.
inline constexpr std::size_t kMaxCutoffs = 1000;
inline constexpr std::size_t kMaxCutoffsBytes = 64 << 20;

// How far a rule reaches into one file.
struct CutoffReach {
  static constexpr std::uint64_t kWhole = ~std::uint64_t{0};
  std::uint64_t length = kWhole;  // in decompressed bytes
  std::uint32_t tail_crc = 0;     // CRC-32C of the last kCutoffTailBytes before `length`
  bool operator==(const CutoffReach&) const = default;
};
inline constexpr std::uint64_t kCutoffTailBytes = 4096;

// Of a reach into this file. Errors: kNotFound (the file is shorter than that), kIo.
Result<std::uint32_t> cutoff_tail_crc(File& file, std::uint64_t length);
// The first instant of the day (UTC) that `time` falls into.
WallTime cutoff_day(WallTime time);
// Whether a file that is named for `file_type` may have events of the types.
bool concerns_type(const TypePattern& types, const std::string& file_type);

struct Cutoff {
  std::uint64_t number = 0;
  CutoffScope scope;
  WallTime day{};
  std::map<std::string, CutoffReach, std::less<>> files;  // by path with its suffix
  bool operator==(const Cutoff&) const = default;
};

// What the rules say of the events of one file, as it is now. A view: the Cutoffs must outlive it.
class FileCutoffs {
 public:
  bool empty() const { return rules_.empty(); }
  // `offset`: of the event's first byte in the decompressed file.
  bool hides(const EventSlices& event, std::uint64_t offset) const {
    for (const Rule& rule : rules_)
      if (offset < rule.length && fits(*rule.scope, event)) return true;
    return false;
  }

 private:
  friend class Cutoffs;
  struct Rule {
    const CutoffScope* scope;
    std::uint64_t length;
  };
  bool fits(const CutoffScope& scope, const EventSlices& event) const;

  std::vector<Rule> rules_;
  bool mixed_ = false;  // the type is asked of the event
};

// Threading: immutable but for load() and what changes it; a copy is as good.
class Cutoffs {
 public:
  // Those of a log directory; none without the file. Cheap then: one open(). A reader that lives
  // long loads them for each question it is asked. Errors: kCorrupt, kUnsupported (a newer
  // version), kIo; all name the file. Who cannot read them must not show events.
  static Result<Cutoffs> load(FileSystem& fs, const std::string& directory);

  bool empty() const { return rules_.empty(); }
  // Looks at the file and what lies beside it when a rule may concern it; what cannot be read is
  // taken to be as it was when the rules were made.
  FileCutoffs of(FileSystem& fs, const LogFile& file) const;

  const std::vector<Cutoff>& rules() const { return rules_; }
  // Of the latest rule ever made: what a compressed file is marked with from which all that is
  // hidden was left out.
  std::uint64_t latest() const { return latest_; }

  // Adds a rule under the next number, and drops those that it makes idle. Error: kTooLarge.
  Status add(Cutoff rule);
  // Whether the rules there are hide all that this one would. Its number does not count.
  bool implied(const Cutoff& rule) const;
  // Forgets the rules that reach into none of these files, which are all there are, and of the
  // others the files that are no more.
  void forget_idle(FileSystem& fs, const std::vector<LogFile>& files);
  // Synced when it returns: a crash leaves the former ones or these. Errors: kIo, kNoSpace.
  Status save(FileSystem& fs) const;

  std::string encode() const;
  // Errors: kCorrupt, kUnsupported.
  static Result<Cutoffs> decode(std::string_view bytes, std::string directory);

  const std::string& directory() const { return directory_; }
  // Of a log file, as rules name it.
  std::string relative(const std::string& path) const;

 private:
  std::string directory_;
  std::uint64_t latest_ = 0;
  std::vector<Cutoff> rules_;
};

}  // namespace ox
