#include "common/store/followed_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::uint32_t kCheckBytes = 256;
// Less than this is read without looking for an index.
constexpr std::uint64_t kWorthAnIndex = 4 << 20;

}  // namespace

FollowedFile::FollowedFile(const FollowContext& context, LogFile file) : file_(std::move(file)) {
  std::string_view below = log_path();
  below.remove_prefix(std::min(below.size(), context.directory.size()));
  while (below.starts_with('/')) below.remove_prefix(1);
  place_ = below;
}

std::string_view FollowedFile::log_path() const {
  std::string_view path = file_.path;
  if (file_.compression == Compression::kGzip) path.remove_suffix(3);
  if (file_.compression == Compression::kBzip2 || file_.compression == Compression::kZstd)
    path.remove_suffix(4);
  return path;
}

void FollowedFile::start_again() {
  mark_ = 0;
  check_ = {};
  was_cut_ = finished_ = false;
  damaged_ = false;
  trusted_.reset();
  last_live_.reset();
  raw_.reset();
}

void FollowedFile::remember(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t length = std::min<std::size_t>(bytes.size(), kCheckBytes);
  check_ = {offset + bytes.size() - length, static_cast<std::uint32_t>(length),
            crc32c(bytes.substr(bytes.size() - length))};
}

bool FollowedFile::verify(FollowContext& context, const std::string& path) const {
  if (check_.length == 0) return true;
  LogFile file = file_;
  file.path = path;
  auto raw = RawLog::open(context.fs, file);
  if (!raw.ok()) return false;
  std::string bytes(check_.length, '\0');
  std::size_t filled = 0;
  const Status status = raw->read(bytes.data(), bytes.size(), check_.offset, filled);
  return status.ok() && filled == bytes.size() && crc32c(bytes) == check_.crc;
}

void FollowedFile::look(FollowContext& context, const FileInfo& info) {
  const bool same = !id_ || *id_ == info.id;
  size_ = info.size;
  if (compressed()) {
    // What was appended, or written anew, is read from the mark on.
    if (!same) finished_ = false;
    id_ = info.id;
    behind_ = !finished_;
    return;
  }
  if (!same) raw_.reset();
  if (!same || was_cut_) {
    // While it is shorter than it was, it may be on its way to be what it was: after a crash oxd
    // cuts its files and writes the same events again.
    if (same && info.size < mark_) {
      behind_ = false;
      return;
    }
    if (info.size < mark_ || !verify(context, file_.path)) {
      if (same)
        context.problem(Status(Code::kCorrupt, fmt::format("{} was cut and has other events now: "
                                                           "it is read from the front again",
                                                           file_.path)));
      start_again();
    }
    was_cut_ = false;
  }
  id_ = info.id;
  if (info.size < mark_) was_cut_ = true;
  behind_ = info.size > mark_ && !damaged_;
  if (!behind_) behind_since = kNowhere;
}

Result<RawLog> FollowedFile::open_raw(FollowContext& context) {
  OX_ASSIGN_OR_RETURN(RawLog raw, RawLog::open(context.fs, file_));
  OX_ASSIGN_OR_RETURN(const FileInfo info, raw.stored().info());
  if (id_ && *id_ != info.id)
    return Status(Code::kUnavailable, file_.path + " was replaced by another file");
  id_ = info.id;
  return raw;
}

bool FollowedFile::read(FollowContext& context, std::uint64_t until, const FollowEach& each) {
  const bool much = until == UINT64_MAX && (mark_ == 0 || size_ > mark_ + kWorthAnIndex);
  if (raw_ && !much) {
    RawLog open = std::move(*raw_);
    return read_from(context, std::move(open), false, until, each);
  }
  auto raw = open_raw(context);
  if (raw.ok()) return read_from(context, std::move(*raw), much, until, each);
  // Gone, replaced or compressed since it was listed: the next look sees what became of it.
  const Code code = raw.status().code();
  if (code != Code::kNotFound && code != Code::kUnavailable &&
      std::exchange(told_at_, size_) != size_)
    context.problem(raw.status());
  return true;
}

bool FollowedFile::read_from(FollowContext& context, RawLog raw, bool use_index,
                             std::uint64_t until, const FollowEach& each) {
  raw_.reset();
  FileScan::Settings settings;
  settings.from = mark_;
  settings.until = until;
  settings.go_on = context.go_on;
  EventMatcher matcher(
      context.conditions, file_, context.types_by_file_name,
      context.cutoffs.empty() ? FileCutoffs() : context.cutoffs.of(context.fs, file_));
  auto scan =
      FileScan::open(context.fs, file_, std::move(matcher), settings, context.progress,
                     use_index ? FileScan::Index::kUse : FileScan::Index::kIgnore, std::move(raw));
  LogPlace place{place_, 0};
  bool wanted = true;
  FileScan::Loaded loaded = FileScan::Loaded::kSome;
  while (wanted) {
    loaded = scan->load();
    if (loaded != FileScan::Loaded::kSome) {
      mark_ = scan->done();
      break;
    }
    const std::string_view chunk = scan->chunk();
    for (const EventMatcher::Match& match : scan->matches()) {
      place.offset = scan->offset(match);
      const std::string_view event = scan->bytes(match);
      mark_ = place.offset + event.size();
      wanted = each(event, place);
      if (!wanted) break;
    }
    if (wanted) mark_ = scan->done();
    if (mark_ > scan->chunk_offset())
      remember(scan->chunk_offset(),
               chunk.substr(0, static_cast<std::size_t>(mark_ - scan->chunk_offset())));
  }
  if (loaded == FileScan::Loaded::kEnd) {
    if (!scan->problem().ok()) {
      context.problem(scan->problem());
      damaged_ = true;
    }
    read_at_ = size_;
    finished_ = compressed();
    if (finished_) behind_ = false;
  }
  if (!compressed()) raw_ = scan->take_raw();
  return wanted && loaded != FileScan::Loaded::kGivenUp;
}

void FollowedFile::skip_to_end(FollowContext& context) {
  if (compressed()) {
    finished_ = true;
    behind_ = false;
    auto raw = RawLog::open(context.fs, file_);
    if (raw.ok() && raw->size()) mark_ = *raw->size();
    return;
  }
  auto raw = open_raw(context);
  if (!raw.ok()) return;
  auto index = LogIndex::load(context.fs, index_path(file_));
  if (index.ok() && index->fits(*raw)) mark_ = index->description().covered;
  read_from(context, std::move(*raw), false, UINT64_MAX,
            [](std::string_view, const LogPlace&) { return true; });
}

bool FollowedFile::read_rest(FollowContext& context, const FollowEach& each, bool& stopped) {
  if (!raw_) return false;
  auto info = raw_->stored().info();
  if (!info.ok() || info->size < mark_) return false;
  if (info->size == mark_) return true;
  RawLog open = std::move(*raw_);
  stopped = !read_from(context, std::move(open), false, UINT64_MAX, each);
  return !stopped;
}

bool FollowedFile::take(FollowContext& context, const Live& live, const FollowEach& each,
                        bool& foreign) {
  foreign = false;
  if (damaged_) return true;
  if (trusted_ && *trusted_ != live.boot) {
    trusted_.reset();
    last_live_.reset();
  }
  if (last_live_ && live.offset <= *last_live_) {
    // Only a new file begins anew within one boot.
    trusted_.reset();
    last_live_.reset();
    was_cut_ = true;
  }
  if (was_cut_) return true;
  last_live_ = live.offset;
  const std::uint64_t end = live.offset + live.event.size();
  if (live.offset < mark_) return true;
  if (trusted_) {
    if (live.offset > mark_ && !read(context, live.offset, each)) return false;
    if (live.offset != mark_) return true;
    if (!live_matcher_)
      live_matcher_.emplace(context.conditions, file_, context.types_by_file_name, FileCutoffs());
    std::vector<EventMatcher::Match> matches;
    std::uint64_t events = 0;
    if (live_matcher_->find(live.event, live.offset, matches, events) != live.event.size() ||
        events != 1)
      return true;
    mark_ = end;
    remember(live.offset, live.event);
    return matches.empty() || each(live.event, {place_, live.offset});
  }
  if (!read(context, end, each)) return false;
  if (mark_ < end || !raw_) {
    foreign = true;
    return true;
  }
  std::string bytes(live.event.size(), '\0');
  std::size_t filled = 0;
  const Status status = raw_->read(bytes.data(), bytes.size(), live.offset, filled);
  foreign = !status.ok() || filled != bytes.size() || bytes != live.event;
  if (!foreign) trusted_ = live.boot;
  return true;
}

void FollowedFile::succeed(FollowContext& context, const FollowedFile& log, bool complete,
                           bool appended) {
  auto raw = RawLog::open(context.fs, file_);
  if (!raw.ok()) return;
  const std::uint64_t before = appended ? mark_ : 0;
  const auto size = raw->size();
  if (!size) {  // by another program
    mark_ = before + log.mark_;
    finished_ = complete;
    behind_ = !finished_;
    return;
  }
  check_ = log.check_;
  check_.offset += before;
  mark_ = before + log.mark_;
  if (mark_ > *size || !verify(context, file_.path)) {
    // What is hidden was left out.
    if (!complete && log.mark_ != log.size_)
      context.problem(Status(Code::kCorrupt,
                             fmt::format("{} was compressed without what is hidden before all of "
                                         "it was read: the rest is passed over",
                                         file_.path)));
    mark_ = *size;
  }
  if (mark_ >= *size) {
    mark_ = *size;
    finished_ = true;
    behind_ = false;
  }
}

}  // namespace ox
