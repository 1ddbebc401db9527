#include "common/store/log_reader.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/store/log_compressor.h"

namespace ox {
namespace {

constexpr WallTime kHour = std::chrono::hours(1);
constexpr WallTime kDay = std::chrono::hours(24);
constexpr int kLongestRotation = 12;  // hours; proto/log_name.h

struct Candidate {
  LogFile file;
  WallTime length{};
  bool operator<(const Candidate& other) const {
    // A log file beside its compressed self was written after that.
    bool later = file.compression == Compression::kNone;
    bool other_later = other.file.compression == Compression::kNone;
    return std::tie(file.start, other.length, file.type, later, file.path) <
           std::tie(other.file.start, length, other.file.type, other_later, other.file.path);
  }
};

// The day a directory is named for.
std::optional<WallTime> directory_day(std::string_view name) {
  if (name.size() != 8) return std::nullopt;
  auto day = parse_date(name);
  if (!day.ok()) return std::nullopt;
  return *day;
}

std::optional<Candidate> candidate(const std::string& directory, const std::string& name,
                                   const TypePredicate& wanted) {
  auto parsed = parse_log_file_name(name);
  if (!parsed) return std::nullopt;
  Candidate found;
  bool all_of_it = wanted(parsed->type);
  found.file.mixed = !all_of_it && parsed->type == kOverflowType;
  if (!all_of_it && !found.file.mixed) return std::nullopt;
  found.file.path = join_path(directory, name);
  found.file.type = parsed->type;
  found.file.start = parsed->start;
  found.file.compression = parsed->compression;
  found.length = parsed->length;
  return found;
}

// With --rotate-hours N the hour in a name is a multiple of N, and the file goes on for N hours. N
// itself is written nowhere: it divides every hour that occurs on that day.
void widen_hourly_names(std::vector<Candidate>& candidates) {
  std::map<std::pair<std::string, std::int64_t>, int> rotation;  // (type, day) -> hours
  auto day_of = [](const Candidate& c) { return c.file.start / kDay; };
  auto hour_of = [](const Candidate& c) { return static_cast<int>(c.file.start % kDay / kHour); };
  for (const Candidate& c : candidates) {
    if (c.length != kHour) continue;
    int& hours = rotation[{c.file.type, day_of(c)}];
    hours = std::gcd(hours, hour_of(c));
  }
  for (Candidate& c : candidates) {
    if (c.length != kHour) continue;
    int hours = rotation[{c.file.type, day_of(c)}];
    if (hours == 0 || hours > kLongestRotation) hours = kLongestRotation;
    c.length = std::min<WallTime>(kHour * hours, kDay - c.file.start % kDay);
  }
}

// A log file that is just being compressed, or was when the power went, is there twice.
void drop_covered(FileSystem& fs, std::vector<Candidate>& candidates,
                  std::vector<Status>& problems) {
  std::set<std::string> compressed;
  for (const Candidate& c : candidates)
    if (c.file.compression == Compression::kZstd) compressed.insert(c.file.path);
  std::erase_if(candidates, [&](const Candidate& c) {
    const std::string twin = c.file.path + ".zst";
    if (c.file.compression != Compression::kNone || !compressed.contains(twin)) return false;
    auto covered = covers(fs, twin, c.file.path);
    if (!covered.ok() && covered.status().code() != Code::kNotFound)
      problems.push_back(covered.status());
    return covered.ok() && *covered;
  });
}

}  // namespace

Result<LogFileList> find_log_files(FileSystem& fs, const std::string& directory,
                                   const TypePredicate& wanted, WallTime first, WallTime last) {
  LogFileList list;
  std::vector<Candidate> candidates;
  auto consider = [&](const std::string& where, const DirectoryEntry& entry) {
    if (entry.is_directory) return;
    if (auto found = candidate(where, entry.name, wanted)) candidates.push_back(*found);
  };
  OX_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> top, fs.list(directory));
  for (const DirectoryEntry& entry : top) {
    consider(directory, entry);
    if (!entry.is_directory) continue;
    auto day = directory_day(entry.name);
    if (!day || *day > last || *day + kDay <= first) continue;
    std::string path = join_path(directory, entry.name);
    auto entries = fs.list(path);
    if (!entries.ok()) {
      list.problems.push_back(entries.status());
      continue;
    }
    for (const DirectoryEntry& inner : *entries) consider(path, inner);
  }
  widen_hourly_names(candidates);
  std::erase_if(candidates, [&](const Candidate& c) {
    return c.file.start > last || c.file.start + c.length <= first;
  });
  drop_covered(fs, candidates, list.problems);
  std::sort(candidates.begin(), candidates.end());
  list.files.reserve(candidates.size());
  for (Candidate& c : candidates) list.files.push_back(std::move(c.file));
  return list;
}

Result<LogReader> LogReader::open(FileSystem& fs, const LogFile& file) {
  OX_ASSIGN_OR_RETURN(auto opened, fs.open(file.path, FileSystem::Open::kReadFollow));
  return LogReader(file.path,
                   make_decompressor(file.compression, make_file_source(std::move(opened))));
}

Status LogReader::fill() {
  std::span<char> room = splitter_.room();
  std::size_t filled = 0;
  while (filled < room.size() && !at_end_ && broken_.ok()) {
    auto n = source_->read(room.data() + filled, room.size() - filled);
    if (!n.ok()) {
      broken_ = n.status();
    } else {
      filled += *n;
      at_end_ = *n == 0;
    }
  }
  splitter_.commit(filled);
  return filled > 0 ? ok_status() : broken_;
}

Result<bool> LogReader::next(std::string_view& event) {
  auto located = [&](const Status& status) {
    return status.at(fmt::format("{}: offset {}", path_, splitter_.offset()));
  };
  while (true) {
    switch (splitter_.next(event)) {
      case EventSplitter::Next::kEvent:
        return true;
      case EventSplitter::Next::kDamaged:
        return located(splitter_.damage());
      case EventSplitter::Next::kMore:
        break;
    }
    if (at_end_) return false;
    if (Status status = fill(); !status.ok()) return located(status);
  }
}

}  // namespace ox
