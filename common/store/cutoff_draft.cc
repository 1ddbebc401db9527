#include "common/store/cutoff_draft.h"

#include <algorithm>
#include <cstdlib>

#include "common/store/file_scan.h"

namespace ox {
namespace {

constexpr int kEventsBetweenQuestions = 4096;
constexpr std::int64_t kMostPlainLevel = 1'000'000'000;

Status was_given_up() { return Status(Code::kUnavailable, "was given up"); }

class CutoffDrafter {
 public:
  CutoffDrafter(FileSystem& fs, const Cutoffs& existing, const CutoffRequest& request,
                const std::function<bool()>& go_on)
      : fs_(fs), existing_(existing), request_(request), go_on_(go_on) {}

  Result<CutoffDraft> run(WallTime now) {
    auto found = find_log_files(
        fs_, existing_.directory(), [](std::string_view) { return true; }, WallTime::min() / 2,
        WallTime::max() / 2);
    if (!found.ok()) return found.status();
    // A directory that is not seen may have what is to be hidden.
    for (const Status& problem : found->problems)
      if (problem.code() != Code::kCorrupt) return problem;
    draft_.files = std::move(found->files);
    draft_.problems = std::move(found->problems);
    draft_.rule.scope = request_.scope;
    WallTime newest = WallTime::min();
    for (const LogFile& file : draft_.files)
      if (concerns(file)) newest = std::max(newest, cutoff_day(file.start));
    draft_.reaches_anything = newest != WallTime::min();
    if (!draft_.reaches_anything) return std::move(draft_);
    // Neither a clock that is ahead nor one that was makes the rule hide what is still to come.
    draft_.rule.day = std::min(newest, cutoff_day(now));
    for (const LogFile& file : draft_.files)
      if (concerns(file)) OX_RETURN_IF_ERROR(take(file));
    return std::move(draft_);
  }

 private:
  bool concerns(const LogFile& file) const {
    return file.type == kOverflowType || concerns_type(request_.scope.types, file.type);
  }

  Status take(const LogFile& file) {
    const bool closed = cutoff_day(file.start) < draft_.rule.day;
    std::uint64_t length = CutoffReach::kWhole;
    bool any = true;
    if (request_.count) {
      const std::uint64_t before = draft_.hidden;
      Status status = count(file, length);
      if (status.code() == Code::kUnavailable) return status;
      if (!status.ok()) draft_.problems.push_back(status);
      // What cannot be read may be there again one day. What a former rule names this one names
      // too, so that it can take its place.
      any = draft_.hidden > before || !status.ok() || is_named(file);
    }
    return closed || !any ? ok_status() : list(file, length);
  }

  bool is_named(const LogFile& file) const {
    const std::string path = existing_.relative(file.path);
    return std::any_of(existing_.rules().begin(), existing_.rules().end(),
                       [&](const Cutoff& rule) { return rule.files.contains(path); });
  }

  // What conditions can say of the scope. True: that is all of it.
  bool conditions_of(const LogFile& file, EventConditions& conditions) const {
    const CutoffScope& scope = request_.scope;
    bool exact = scope.names.empty() && !scope.logger_ids && file.type != kOverflowType;
    conditions.until = scope.before;
    conditions.until_exclusive = true;
    if (scope.min_level && std::abs(*scope.min_level) <= kMostPlainLevel) {
      conditions.min_level = static_cast<int>(*scope.min_level);
      // A level that is NaN is 0 to them, and to the scope is none.
      exact = exact && *scope.min_level > 0;
    } else {
      exact = exact && !scope.min_level;
    }
    if (scope.names.size() == 1) conditions.words = scope.names;
    return exact;
  }

  // `length`: up to where there are whole events. What the index tells is not read.
  Status count(const LogFile& file, std::uint64_t& length) {
    EventConditions conditions;
    const bool exact = conditions_of(file, conditions);
    FileScan::Settings settings;
    settings.go_on = go_on_;
    if (exact)
      settings.count_block = [this](const SlotCount& count) { draft_.hidden += count.events; };
    ScanProgress progress;
    OX_ASSIGN_OR_RETURN(
        auto scan,
        FileScan::open(fs_, file, EventMatcher(conditions, file, true, existing_.of(fs_, file)),
                       settings, progress, FileScan::Index::kUse));
    while (true) {
      const FileScan::Loaded loaded = scan->load();
      if (loaded == FileScan::Loaded::kGivenUp) return was_given_up();
      if (loaded == FileScan::Loaded::kEnd) break;
      for (const EventMatcher::Match& match : scan->matches())
        if (exact || fits(file, EventSlices::of(scan->bytes(match)))) ++draft_.hidden;
    }
    OX_RETURN_IF_ERROR(scan->problem());
    length = scan->reached();
    return ok_status();
  }

  bool fits(const LogFile& file, const EventSlices& event) const {
    if (file.type == kOverflowType) {
      auto type = event.type.as_text();
      if (!type || !request_.scope.types.matches(*type)) return false;
    }
    return request_.scope.fits_but_type(event);
  }

  Status list(const LogFile& file, std::uint64_t length) {
    CutoffReach reach;
    if (file.compression == Compression::kNone) {
      auto opened = fs_.open(file.path, FileSystem::Open::kReadFollow);
      if (opened.status().code() == Code::kNotFound) return ok_status();
      if (!opened.ok()) return opened.status();
      OX_ASSIGN_OR_RETURN(FileInfo info, (*opened)->info());
      reach.length = std::min(length, info.size);
      if (reach.length == 0) return ok_status();
      auto crc = cutoff_tail_crc(**opened, reach.length);
      if (!crc.ok()) return crc.status().at(file.path);
      reach.tail_crc = *crc;
    }
    draft_.rule.files.emplace(existing_.relative(file.path), reach);
    return ok_status();
  }

  FileSystem& fs_;
  const Cutoffs& existing_;
  const CutoffRequest& request_;
  const std::function<bool()>& go_on_;
  CutoffDraft draft_;
};

}  // namespace

Result<CutoffDraft> draft_cutoff(FileSystem& fs, const Cutoffs& existing,
                                 const CutoffRequest& request, WallTime now,
                                 const std::function<bool()>& go_on) {
  return CutoffDrafter(fs, existing, request, go_on).run(now);
}

Result<bool> all_hidden(FileSystem& fs, const LogFile& file, const FileCutoffs& cutoffs,
                        const std::function<bool()>& go_on) {
  OX_ASSIGN_OR_RETURN(LogReader reader, LogReader::open(fs, file));
  std::string_view event;
  for (int n = 1;; ++n) {
    OX_ASSIGN_OR_RETURN(bool found, reader.next(event));
    if (!found) return reader.unfinished() == 0;
    if (!cutoffs.hides(EventSlices::of(event), reader.offset() - event.size())) return false;
    if (n % kEventsBetweenQuestions == 0 && go_on && !go_on()) return was_given_up();
  }
}

}  // namespace ox
