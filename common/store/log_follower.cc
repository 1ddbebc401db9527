#include "common/store/log_follower.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/civil_time.h"
#include "proto/log_name.h"

namespace ox {
namespace {

constexpr std::size_t kFilesKeptOpen = 256;
constexpr std::size_t kMostToldProblems = 1000;
// Of every look this one lists all days; the others those that files are mostly made in.
constexpr std::uint64_t kLooksBetweenWholeOnes = 16;
constexpr WallTime kRecentDays = std::chrono::hours(48);

// A path that a node tells: "<directory>/<file>" or "<file>", and nothing that leads elsewhere.
bool is_log_path(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return !path.empty();
  const std::string_view directory = path.substr(0, slash);
  return directory.size() == 8 && parse_date(directory).ok() &&
         path.find('/', slash + 1) == std::string_view::npos;
}

}  // namespace

LogFollower::LogFollower(FileSystem& fs, std::string directory, EventConditions conditions,
                         FollowOptions options)
    : context_{fs,
               std::move(directory),
               std::move(conditions),
               options.types_by_file_name,
               options.go_on ? options.go_on : [] { return true; },
               options.problem ? options.problem : [](const Status&) {}},
      options_(std::move(options)) {}

bool LogFollower::wanted(std::string_view type) const {
  return file_type_fits(context_.conditions, type);
}

WallTime LogFollower::listed_from() const {
  if (looks_ % kLooksBetweenWholeOnes == 0) return options_.first;
  WallTime newest = options_.first;
  for (const auto& [path, file] : files_) newest = std::max(newest, file.file().start);
  return std::max(options_.first, newest - kRecentDays);
}

Result<bool> LogFollower::look(Look how, const FollowEach& each) {
  OX_ASSIGN_OR_RETURN(context_.cutoffs, Cutoffs::load(context_.fs, context_.directory));
  latest_.clear();  // files may go
  const WallTime first = listed_from();
  auto fits = [this](std::string_view type) { return wanted(type); };
  OX_ASSIGN_OR_RETURN(LogFileList list, find_log_files(context_.fs, context_.directory, fits, first,
                                                       WallTime::max() / 2));
  for (const Status& problem : list.problems)
    if (told_.size() < kMostToldProblems && told_.insert(problem.message()).second)
      context_.problem(problem);
  ++looks_;
  std::set<std::string_view> listed;
  for (const LogFile& file : list.files) listed.insert(file.path);
  bool stopped = false;
  for (const LogFile& file : list.files) {
    see(file, listed, each, stopped);
    if (stopped) return false;
  }
  if (!forget_missing(first, each)) return false;

  find_latest();
  // From the file where the last look ended early, and around, so that none waits for ever.
  std::size_t begin = 0;
  while (begin < list.files.size() && list.files[begin].path != next_) ++begin;
  next_.clear();
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    const auto found = files_.find(list.files[(begin + i) % list.files.size()].path);
    if (found == files_.end()) continue;
    FollowedFile& file = found->second;
    if (file.seen_in != looks_ || !file.behind()) continue;
    const bool waits = file.behind_since == file.mark();
    file.behind_since = file.mark();
    if (how == Look::kPatient && !waits && !file.compressed() && file.mark() > 0) continue;
    if (!read(file, each)) {
      next_ = found->first;
      return false;
    }
  }
  return true;
}

void LogFollower::see(const LogFile& file, const std::set<std::string_view>& listed,
                      const FollowEach& each, bool& stopped) {
  auto info = context_.fs.info(file.path);
  if (!info.ok()) return;  // gone since it was listed: another name, or none, by the next look
  auto [found, is_new] = files_.try_emplace(file.path, context_, file);
  FollowedFile& followed = found->second;
  followed.seen_in = looks_;
  const bool changed = followed.changed(*info);
  bool ready = true;
  if (followed.compressed()) {
    if (is_new || changed) ready = succeed(followed, is_new, listed, each, stopped);
  } else if (changed) {
    // What the one before had still to give: it may have been renamed, or removed.
    followed.read_rest(context_, each, stopped);
  }
  if (stopped || !ready) {
    if (is_new) files_.erase(found);
    return;
  }
  if (is_new) begin(followed, *info);
  followed.look(context_, *info);
}

void LogFollower::begin(FollowedFile& file, const FileInfo& info) {
  if (looks_ != 1) return;
  if (options_.only_new) return file.skip_to_end(context_);
  if (!options_.from) return;
  if (file.file().start < options_.from->from) return file.skip_to_end(context_);
  const auto& marks = options_.from->marks;
  auto mark = marks.find(FollowCursor::key_of(file.place(), file.compressed()));
  // Compressed since.
  if (mark == marks.end() && file.compressed())
    mark = marks.find(FollowCursor::key_of(file.place(), false));
  if (mark != marks.end()) file.start_at(mark->second, info);
}

// Where something may still come: in files with events to come, and in those of the two latest
// periods.
void LogFollower::find_latest() {
  std::set<WallTime> starts;
  WallTime from = WallTime::max();
  for (const auto& [path, file] : files_) {
    starts.insert(file.file().start);
    if (file.has_events_to_come()) from = std::min(from, file.file().start);
  }
  if (starts.empty()) from = WallTime(0);
  if (!starts.empty()) from = std::min(from, *std::prev(starts.end(), starts.size() > 1 ? 2 : 1));
  latest_from_ = std::max(from, WallTime(0));
  latest_.clear();
  for (const auto& [path, file] : files_)
    if (file.file().start >= latest_from_) latest_.push_back(&file);
}

FollowCursor LogFollower::cursor() const {
  FollowCursor out;
  out.from = latest_from_;
  for (const FollowedFile* file : latest_)
    if (file->mark() > 0)
      out.marks[FollowCursor::key_of(file->place(), file->compressed())] = file->mark();
  return out;
}

// A compressed file that is new takes over what is known of the log file that it was made from.
// False: as long as that is there, it has everything, and is followed.
bool LogFollower::succeed(FollowedFile& file, bool is_new, const std::set<std::string_view>& listed,
                          const FollowEach& each, bool& stopped) {
  const auto log = files_.find(file.log_path());
  if (log == files_.end() || log->second.mark() == 0) return true;
  const bool is_listed = listed.contains(log->first);
  if (is_listed) {
    auto info = context_.fs.info(log->first);
    if (info.ok() && !log->second.changed(*info)) return false;
  }
  const bool complete = log->second.read_rest(context_, each, stopped);
  if (stopped) return true;
  file.succeed(context_, log->second, complete, !is_new);
  // One that is there all the same was written since, and begins anew, which its inode tells.
  if (is_listed)
    log->second.close();
  else
    files_.erase(log);
  return true;
}

// Files that were listed, and are no more: pruned, or moved away.
bool LogFollower::forget_missing(WallTime first, const FollowEach& each) {
  for (auto it = files_.begin(); it != files_.end();) {
    FollowedFile& file = it->second;
    if (file.seen_in == looks_ || file.file().start < first || context_.fs.info(it->first).ok()) {
      ++it;
      continue;
    }
    bool stopped = false;
    if (!file.compressed()) file.read_rest(context_, each, stopped);
    if (stopped) return false;
    it = files_.erase(it);
  }
  return true;
}

bool LogFollower::read(FollowedFile& file, const FollowEach& each) {
  const bool was_open = file.is_open();
  const bool go_on = file.read(context_, UINT64_MAX, each);
  file.used_in = ++uses_;
  if (!was_open && file.is_open()) close_others();
  return go_on;
}

// So that no more than kFilesKeptOpen are; those used last stay.
void LogFollower::close_others() {
  std::vector<FollowedFile*> open;
  if (++open_ <= kFilesKeptOpen) return;
  for (auto& [path, file] : files_)
    if (file.is_open()) open.push_back(&file);
  open_ = open.size();
  if (open_ <= kFilesKeptOpen) return;
  // Half of them at once, or every further file would cost this.
  std::nth_element(
      open.begin(), open.begin() + kFilesKeptOpen / 2, open.end(),
      [](const FollowedFile* a, const FollowedFile* b) { return a->used_in > b->used_in; });
  for (std::size_t i = kFilesKeptOpen / 2; i < open.size(); ++i) open[i]->close();
  open_ = kFilesKeptOpen / 2;
}

FollowedFile* LogFollower::find_live(const std::string& path) {
  if (const auto found = files_.find(path); found != files_.end()) return &found->second;
  auto name = parse_log_file_name(base_name(path));
  if (!name || name->compression != Compression::kNone) return nullptr;
  LogFile file;
  file.path = path;
  file.type = name->type;
  file.start = name->start;
  const bool fits = wanted(file.type);
  file.mixed = !fits && file.type == kOverflowType;
  if ((!fits && !file.mixed) || file.start + std::chrono::hours(24) <= options_.first)
    return nullptr;
  FollowedFile& added = files_.try_emplace(path, context_, file).first->second;
  added.seen_in = looks_;
  return &added;
}

bool LogFollower::take(const TailPosition& position, std::string_view event,
                       const FollowEach& each) {
  if (!is_log_path(position.file)) return true;
  FollowedFile* file = find_live(join_path(context_.directory, position.file));
  if (file == nullptr) return true;
  bool foreign = false;
  const bool was_open = file->is_open();
  const bool go_on =
      file->take(context_, {position.boot_id, position.file_offset, event}, each, foreign);
  foreign_ = foreign_ || foreign;
  file->used_in = ++uses_;
  if (!was_open && file->is_open()) close_others();
  return go_on;
}

}  // namespace ox
