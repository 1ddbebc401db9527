#include "common/store/file_scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/store/event_splitter.h"

namespace ox {

// Of a file that cannot be read from the middle, read backwards.
static constexpr std::size_t kScanWindowBytes = 64 << 20;

FileScan::FileScan(const LogFile& file, EventMatcher matcher, const Settings& settings,
                   ScanProgress& progress, RawLog raw)
    : path_(file.path),
      matcher_(std::move(matcher)),
      selector_(matcher_),
      settings_(settings),
      progress_(progress),
      raw_(std::move(raw)) {}

Result<std::unique_ptr<FileScan>> FileScan::open(FileSystem& fs, const LogFile& file,
                                                 EventMatcher matcher, const Settings& settings,
                                                 ScanProgress& progress, Index index) {
  OX_ASSIGN_OR_RETURN(RawLog raw, RawLog::open(fs, file));
  return open(fs, file, std::move(matcher), settings, progress, index, std::move(raw));
}

std::unique_ptr<FileScan> FileScan::open(FileSystem& fs, const LogFile& file, EventMatcher matcher,
                                         const Settings& settings, ScanProgress& progress,
                                         Index index, RawLog raw) {
  std::unique_ptr<FileScan> scan(
      new FileScan(file, std::move(matcher), settings, progress, std::move(raw)));
  if (index == Index::kUse) scan->use_index(fs, file);
  scan->at_ = std::max(scan->at_, settings.from);
  scan->done_ = settings.from;
  return scan;
}

void FileScan::use_index(FileSystem& fs, const LogFile& file) {
  auto index = LogIndex::load(fs, index_path(file));
  if (!index.ok() || !index->fits(raw_)) return;
  index_ = std::move(*index);
  const IndexDescription& description = index_->description();
  at_ = description.covered;
  ended_ = raw_.random_access() ? raw_.size() == at_ : description.ended;
  if (!settings_.reverse) return;
  for (const IndexBlock& block : description.blocks)
    spans_.push_back({block.offset, block.length, true, true});
}

bool FileScan::select(const IndexBlock& block) {
  bool wanted = selector_.may_hold(*index_, block);
  if (wanted && settings_.count_block && selector_.is_counted(*index_, block)) {
    wanted = false;
    for (const SlotCount& count : index_->description().counts_of(block))
      if (selector_.counts(count)) settings_.count_block(count);
  }
  ++(wanted ? progress_.blocks_read : progress_.blocks_skipped);
  if (!wanted) progress_.bytes_skipped += block.length;
  return wanted;
}

void FileScan::distrust_index(std::uint64_t offset) {
  index_.reset();
  spans_.clear();
  window_.clear();
  chunk_size_ = pending_ = 0;
  at_ = offset;
  ended_ = false;
}

void FileScan::complain(std::uint64_t offset, const Status& status) {
  if (problem_.ok()) problem_ = status.at(fmt::format("{}: offset {}", path_, offset));
}

FileScan::Loaded FileScan::load() {
  matches_.clear();
  return settings_.reverse ? load_backwards() : load_onwards();
}

FileScan::Loaded FileScan::load_onwards() {
  if (settings_.go_on && !settings_.go_on()) return Loaded::kGivenUp;
  if (!read_block() && !read_piece(settings_.until)) {
    if (problem_.ok()) done_ = std::max(done_, at_);
    return Loaded::kEnd;
  }
  done_ = std::max(done_, chunk_offset_ + chunk_.size());
  drop_outside();
  return Loaded::kSome;
}

void FileScan::drop_outside() {
  if (chunk_offset_ >= settings_.from && settings_.until == UINT64_MAX) return;
  std::erase_if(matches_, [this](const EventMatcher::Match& match) {
    return offset(match) < settings_.from || offset(match) >= settings_.until;
  });
}

bool FileScan::read_block() {
  while (index_ && next_block_ < index_->blocks().size()) {
    const IndexBlock block = index_->blocks()[next_block_++];
    if (block.offset + block.length <= settings_.from || !select(block)) continue;
    if (!read_span({block.offset, block.length, true, true})) {
      index_.reset();
      ended_ = true;
      return false;
    }
    if (look_through(block.length, block.events)) return true;
    distrust_index(block.offset);
  }
  return false;
}

bool FileScan::survey(std::vector<Piece>& pieces) {
  if (index_) {
    for (const IndexBlock& block : index_->blocks()) {
      if (!selector_.may_hold(*index_, block)) {
        ++progress_.blocks_skipped;
        progress_.bytes_skipped += block.length;
        continue;
      }
      const auto counts = index_->description().counts_of(block);
      const bool some_without_end =
          !block.counted || std::any_of(counts.begin(), counts.end(), [](const SlotCount& count) {
            return count.slot.slot == CountSlot::kNoTime;
          });
      Piece piece{block.offset,  block.length,     block.events, block.min_end,
                  block.max_end, some_without_end, true};
      // Of those wanted.
      const EventConditions& conditions = matcher_.conditions();
      if (conditions.since) piece.min_end = std::max(piece.min_end, *conditions.since);
      if (conditions.until) piece.max_end = std::min(piece.max_end, *conditions.until);
      if (conditions.has_time()) piece.some_without_end = false;
      pieces.push_back(piece);
    }
  }
  while (read_piece(UINT64_MAX)) {
    if (settings_.go_on && !settings_.go_on()) return false;
    if (matches_.empty()) continue;
    Piece piece{chunk_offset_, static_cast<std::uint32_t>(chunk_size_)};
    piece.min_end = std::numeric_limits<double>::infinity();
    piece.max_end = -piece.min_end;
    for (const EventMatcher::Match& match : matches_) {
      auto end = EventSlices::of(bytes(match)).end.as_number();
      if (end && !std::isnan(*end)) {
        piece.min_end = std::min(piece.min_end, *end);
        piece.max_end = std::max(piece.max_end, *end);
      } else {
        piece.some_without_end = true;
      }
    }
    pieces.push_back(piece);
  }
  matches_.clear();
  return true;
}

FileScan::Loaded FileScan::load(const Piece& piece) {
  matches_.clear();
  if (settings_.go_on && !settings_.go_on()) return Loaded::kGivenUp;
  const bool good = read_span({piece.offset, piece.length, true, piece.indexed}) &&
                    look_through(piece.length, piece.events);
  return good ? Loaded::kSome : Loaded::kEnd;
}

bool FileScan::look_through(std::uint32_t length, std::uint64_t expected) {
  matches_.clear();
  std::uint64_t events = 0;
  const bool whole = matcher_.find(chunk_, chunk_offset_, matches_, events) == length;
  progress_.events_read += events;
  if (whole && (expected == 0 || events == expected)) return true;
  matches_.clear();
  return false;
}

bool FileScan::read_piece(std::uint64_t limit) {
  matches_.clear();
  if (chunk_size_ > 0 && pending_ > 0)
    std::memmove(buffer_.data(), buffer_.data() + chunk_size_, pending_);
  chunk_size_ = 0;
  while (!ended_) {
    std::size_t piece = std::max(kScanBlockBytes, pending_);
    const std::uint64_t from = at_ + pending_;
    piece = static_cast<std::size_t>(std::min<std::uint64_t>(piece, limit - std::min(limit, from)));
    if (buffer_.size() < pending_ + piece) buffer_.resize(pending_ + piece);
    std::size_t filled = 0;
    const Status status = raw_.read(buffer_.data() + pending_, piece, from, filled);
    progress_.bytes_read += filled;
    const std::string_view bytes(buffer_.data(), pending_ + filled);
    const std::size_t size = matcher_.find(bytes, at_, matches_, progress_.events_read);
    const std::string_view rest = bytes.substr(size);
    if (is_no_messagepack(rest)) {
      complain(at_ + size, Status(Code::kCorrupt, "not MessagePack"));
      ended_ = true;
    } else if (rest.size() > kMaxStoredEventBytes) {
      complain(at_ + size,
               Status(Code::kTooLarge, "an event of over " + format_size(kMaxStoredEventBytes)));
      ended_ = true;
    } else if (filled < piece || piece == 0) {
      if (!status.ok()) complain(at_ + size, status);
      if (status.ok() && limit == UINT64_MAX) unfinished_ = rest.size();
      ended_ = true;
    }
    chunk_ = bytes.substr(0, size);
    chunk_size_ = size;
    chunk_offset_ = at_;
    at_ += size;
    pending_ = rest.size();
    if (size > 0) return true;
  }
  return false;
}

bool FileScan::split(std::uint64_t limit) {
  std::size_t kept = 0;
  while (read_piece(limit)) {
    if (settings_.go_on && !settings_.go_on()) return false;
    spans_.push_back({chunk_offset_, static_cast<std::uint32_t>(chunk_size_), !matches_.empty()});
    if (matches_.empty() || raw_.random_access()) continue;
    // The last ones are asked for first: they need not be decompressed again.
    window_.emplace(chunk_offset_, chunk_);
    kept += chunk_size_;
    while (kept > kScanWindowBytes && window_.size() > 1) {
      kept -= window_.begin()->second.size();
      window_.erase(window_.begin());
    }
  }
  matches_.clear();
  return true;
}

FileScan::Loaded FileScan::load_backwards() {
  if (!split_done_) {
    if (!split(UINT64_MAX)) return Loaded::kGivenUp;
    split_done_ = true;
  }
  while (!spans_.empty()) {
    if (settings_.go_on && !settings_.go_on()) return Loaded::kGivenUp;
    Span& span = spans_.back();
    std::uint64_t expected = 0;
    if (span.indexed) {
      const IndexBlock& block = index_->blocks()[spans_.size() - 1];
      span.wanted = select(block);
      expected = block.events;
    }
    if (span.wanted && !read_span(span)) return Loaded::kEnd;
    const Span done = span;
    spans_.pop_back();
    if (!done.wanted) continue;
    if (look_through(done.length, expected)) return Loaded::kSome;
    if (done.indexed) {
      distrust_index(0);
      if (!split(done.offset + done.length)) return Loaded::kGivenUp;
    } else {
      complain(done.offset, Status(Code::kIo, "has changed while it was read"));
    }
  }
  return Loaded::kEnd;
}

bool FileScan::read_span(const Span& span) {
  chunk_offset_ = span.offset;
  if (settings_.reverse && !raw_.random_access()) {
    if (!window_.contains(span.offset) && !fill_window()) return false;
    auto kept = window_.extract(span.offset);
    buffer_ = std::move(kept.mapped());
  } else {
    if (buffer_.size() < span.length) buffer_.resize(span.length);
    std::size_t filled = 0;
    const Status status = raw_.read(buffer_.data(), span.length, span.offset, filled);
    progress_.bytes_read += filled;
    if (filled < span.length) {
      complain(span.offset, status.ok() ? Status(Code::kIo, "was cut while it was read") : status);
      return false;
    }
  }
  chunk_ = std::string_view(buffer_.data(), span.length);
  return true;
}

bool FileScan::fill_window() {
  std::size_t first = spans_.size();
  std::size_t bytes = 0;
  while (first > 0) {
    const Span& span = spans_[first - 1];
    if (span.wanted && bytes > 0 && bytes + span.length > kScanWindowBytes) break;
    if (span.wanted) bytes += span.length;
    --first;
  }
  window_.clear();
  for (; first < spans_.size(); ++first) {
    const Span& span = spans_[first];
    if (!span.wanted) continue;
    std::string& kept = window_[span.offset];
    kept.resize(span.length);
    std::size_t filled = 0;
    const Status status = raw_.read(kept.data(), kept.size(), span.offset, filled);
    progress_.bytes_read += filled;
    if (filled < span.length) {
      complain(span.offset, status.ok() ? Status(Code::kIo, "was cut while it was read") : status);
      return false;
    }
  }
  return true;
}

}  // namespace ox
