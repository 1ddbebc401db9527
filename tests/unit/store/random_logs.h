#pragma once
// Log directories made by chance, and what a plain reading of them finds: the oracle of the tests of scans
// and indexes. It knows the events as they were made, and looks at each by itself.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"
#include "common/store/cutoffs.h"
#include "common/store/event_counts.h"
#include "common/store/log_compressor.h"
#include "common/store/log_index.h"
#include "common/store/log_indexer.h"
#include "common/store/log_reader.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/store/compressed.h"

namespace ox {

struct MadeEvent {
  std::string bytes;
  std::optional<std::string> type, host;
  std::optional<double> end;
  std::optional<double> level;
  std::set<std::string> words;  // some of those in it
};

struct MadeFile {
  std::string path;  // without the suffix of its compression
  std::string suffix;
  std::string type;
  bool mixed = false;
  std::vector<MadeEvent> events;
  bool open = false;  // ends in half an event
};

inline constexpr double kMadeFrom = 1'760'000'000;

class RandomLogs {
 public:
  explicit RandomLogs(std::uint64_t seed) : disk(seed), random_(seed) {}

  SimulatedDisk disk;
  std::vector<MadeFile> files;  // in the order in which they are read

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  template <typename T>
  const T& any_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

  MadeEvent make_event(const std::string& file_type, bool mixed, std::size_t most_bytes) {
    MadeEvent event;
    time_ += static_cast<double>(below(4000)) / 1000;
    std::string& out = event.bytes;
    pack_map_header(out, 7);
    pack_text(out, "id");
    const std::string id = "i" + std::to_string(random_());
    pack_text(out, id);
    event.words.insert(id);
    pack_text(out, "type");
    if (chance(4)) {
      pack_nil(out);
    } else {
      event.type = mixed || chance(3) ? any_of(types()) : file_type;
      pack_text(out, *event.type);
    }
    pack_text(out, "host");
    if (chance(5)) {
      pack_uint(out, 7);
    } else {
      event.host = any_of(hosts());
      pack_text(out, *event.host);
    }
    pack_text(out, "pid");
    const std::uint64_t pid = below(70'000);
    pack_uint(out, pid);
    event.words.insert(std::to_string(pid));
    pack_text(out, "start");
    pack_double(out, time_);
    pack_text(out, "end");
    pack_end(event);
    pack_text(out, "body");
    pack_body(event, most_bytes);
    return event;
  }

  // A file of about `bytes` bytes with its events, of this type.
  void add_file(const std::string& path, const std::string& type, std::size_t bytes,
                std::size_t most_bytes) {
    MadeFile file;
    file.path = path;
    file.type = type;
    file.mixed = type == "_overflow";
    for (std::size_t size = 0; size < bytes; size += file.events.back().bytes.size())
      file.events.push_back(make_event(type, file.mixed, most_bytes));
    files.push_back(std::move(file));
  }

  static std::string raw_bytes(const MadeFile& file) {
    std::string bytes;
    for (const MadeEvent& event : file.events) bytes += event.bytes;
    return bytes;
  }

  // Puts a file on the disk in some state, with an index in some state.
  void put(MadeFile& file) {
    const std::string raw = raw_bytes(file);
    const std::uint64_t kind = below(8);
    if (chance(20)) put_index_of_something(file);
    switch (kind) {
      case 0:  // still written
      case 1: {
        file.open = true;
        const std::string half = file.events.front().bytes;
        disk.put(file.path, raw.substr(0, below(raw.size() + 1)));
        if (chance(80)) index(file);
        disk.put(file.path, raw + half.substr(0, 1 + below(half.size() - 1)));
        break;
      }
      case 2:
      case 3:
        disk.put(file.path, raw);
        break;
      case 4: {  // as oxd does it
        disk.put(file.path, raw);
        if (chance(50)) index(file);
        auto compressed = compress_log(disk, file.path, Cutoffs(), {});
        REQUIRE_MESSAGE(compressed.ok(), compressed.status().message());
        REQUIRE(install_compressed(disk, *compressed).ok());
        file.suffix = ".zst";
        break;
      }
      case 5:
        file.suffix = ".zst";
        disk.put(file.path + ".zst", zstd(raw));
        break;
      case 6:
        file.suffix = ".gz";
        disk.put(file.path + ".gz", gzip(raw));
        break;
      default:
        file.suffix = ".bz2";
        disk.put(file.path + ".bz2", bzip2(raw));
        break;
    }
    if (chance(60)) index(file);
    if (chance(20)) damage_index(file);
  }

  IndexedLog index(const MadeFile& file, const std::function<bool()>& go_on = {}) {
    auto indexed = index_log(disk, log_file(file), go_on);
    REQUIRE_MESSAGE((indexed.ok() || go_on), indexed.status().message());
    return indexed.ok() ? *indexed : IndexedLog();
  }

  static LogFile log_file(const MadeFile& file) {
    LogFile log;
    log.path = file.path + file.suffix;
    log.type = file.type;
    log.mixed = file.mixed;
    log.compression = file.suffix == ".gz"    ? Compression::kGzip
                      : file.suffix == ".bz2" ? Compression::kBzip2
                      : file.suffix == ".zst" ? Compression::kZstd
                                              : Compression::kNone;
    return log;
  }

  void damage_index(const MadeFile& file) {
    const std::string path = file.path + ".idx";
    if (!disk.exists(path)) return;
    std::string bytes = disk.content(path);
    if (bytes.empty() || chance(20)) {
      bytes.resize(below(bytes.size() + 1));
    } else {
      for (std::uint64_t n = 1 + below(20); n > 0; --n)
        bytes[below(bytes.size())] ^= static_cast<char>(1 + below(255));
    }
    disk.put(path, bytes);
  }

  EventConditions make_conditions() {
    EventConditions conditions;
    if (chance(40))
      for (std::uint64_t n = 1 + below(2); n > 0; --n) {
        std::string type = any_of(types());
        if (chance(30)) type = type.substr(0, below(type.size() + 1)) + "*";
        auto pattern = TypePattern::parse(type);
        REQUIRE(pattern.ok());
        conditions.types.push_back(*pattern);
      }
    if (chance(50)) conditions.since = any_time();
    if (chance(50)) conditions.until = any_time();
    conditions.until_exclusive = chance(50);
    if (chance(25))
      for (std::uint64_t n = 1 + below(3); n > 0; --n)
        conditions.hosts.push_back(chance(90) ? any_of(hosts()) : "nobody.example.org");
    if (chance(30)) conditions.min_level = static_cast<int>(below(60)) - 5;
    return conditions;
  }

  double any_time() {
    if (chance(20)) {
      const MadeFile& file = any_of(files);
      if (auto end = any_of(file.events).end) return *end;
    }
    return kMadeFrom +
           static_cast<double>(below(1 + static_cast<std::uint64_t>((time_ - kMadeFrom) * 10))) /
               10;
  }

  static bool fits(const EventConditions& conditions, const MadeEvent& event, const MadeFile& file,
                   bool by_file_name) {
    auto type_fits = [&](const std::string& type) {
      return conditions.types.empty() ||
             std::any_of(conditions.types.begin(), conditions.types.end(),
                         [&](const TypePattern& p) { return p.matches(type); });
    };
    if (!file.mixed && !type_fits(file.type)) return false;  // never looked into
    const std::string type = event.type.value_or(file.mixed ? "" : file.type);
    if ((file.mixed || !by_file_name) && !type_fits(type)) return false;
    if (conditions.since && (!event.end || !(*event.end >= *conditions.since))) return false;
    if (conditions.until) {
      if (!event.end) return false;
      if (conditions.until_exclusive && !(*event.end < *conditions.until)) return false;
      if (!conditions.until_exclusive && !(*event.end <= *conditions.until)) return false;
    }
    if (!conditions.hosts.empty() &&
        (!event.host || std::find(conditions.hosts.begin(), conditions.hosts.end(), *event.host) ==
                            conditions.hosts.end()))
      return false;
    return !conditions.min_level || event.level.value_or(0) >= *conditions.min_level;
  }

  std::vector<std::string> expected(const EventConditions& conditions, bool by_file_name) const {
    std::vector<std::string> found;
    for (const MadeFile& file : files)
      for (const MadeEvent& event : file.events)
        if (fits(conditions, event, file, by_file_name)) found.push_back(event.bytes);
    return found;
  }

  static const std::vector<std::string>& types() {
    static const std::vector<std::string> all = {"web", "web.db", "app/x", "sys"};
    return all;
  }
  static const std::vector<std::string>& hosts() {
    static const std::vector<std::string> all = {"web-1", "web-2", "db-1.example.org", "--"};
    return all;
  }

 private:
  void pack_end(MadeEvent& event) {
    const std::uint64_t kind = below(40);
    if (kind == 0) {
      pack_nil(event.bytes);
    } else if (kind == 1) {
      pack_double(event.bytes, std::numeric_limits<double>::quiet_NaN());
    } else if (kind == 2) {
      event.end = chance(50) ? 1e300 : -std::numeric_limits<double>::infinity();
      pack_double(event.bytes, *event.end);
    } else if (kind == 3) {
      event.end = std::floor(time_) - static_cast<double>(below(100'000));  // late
      pack_int(event.bytes, static_cast<std::int64_t>(*event.end));
    } else {
      event.end = time_;
      pack_double(event.bytes, time_);
    }
  }

  void pack_body(MadeEvent& event, std::size_t most_bytes) {
    std::string& out = event.bytes;
    if (chance(5)) {
      pack_text(out, "no map");
      return;
    }
    pack_map_header(out, 3);
    pack_text(out, "level");
    const std::uint64_t kind = below(20);
    if (kind == 0) {
      pack_text(out, "40");
    } else if (kind == 1) {
      event.level = 10.5 * static_cast<double>(below(6));
      pack_double(out, *event.level);
    } else {
      event.level = kind == 2 ? -3 : static_cast<double>(10 * (1 + below(chance(10) ? 5 : 2)));
      pack_int(out, static_cast<std::int64_t>(*event.level));
    }
    const std::string word = "word" + std::to_string(below(5000));
    event.words.insert(word);
    pack_text(out, "message");
    pack_text(out, "It was " + word + "-ish, " + (chance(1) ? "RARE" : "common"));
    pack_text(out, "filler");
    std::string filler(below(most_bytes), '.');
    for (char& c : filler)
      if (chance(2)) c = static_cast<char>(below(256));
    pack_text(out, filler);
  }

  // An index under this name that is not the file's.
  void put_index_of_something(const MadeFile& file) {
    const MadeFile& other = any_of(files);
    const std::string path = disk.exists(other.path + ".idx") ? other.path + ".idx" : "";
    if (!path.empty()) disk.put(file.path + ".idx", disk.content(path));
  }

  std::mt19937_64 random_;
  double time_ = kMadeFrom;
};

// All that a scan finds.
inline std::vector<std::string> scan_all(FileSystem& fs, const EventConditions& conditions,
                                         ScanOptions options, bool may_have_problems = false) {
  auto scan = EventScan::open(fs, "/logs", conditions, options);
  REQUIRE_MESSAGE(scan.ok(), scan.status().message());
  std::vector<std::string> found;
  std::string_view event;
  while (true) {
    auto more = scan->next(event);
    REQUIRE_MESSAGE(more.ok(), more.status().message());
    if (!*more) break;
    found.emplace_back(event);
  }
  if (!may_have_problems)
    for (const Status& problem : scan->problems()) FAIL_CHECK(problem.message());
  CHECK(scan->progress().files_done == scan->progress().files_total);
  return found;
}

}  // namespace ox
