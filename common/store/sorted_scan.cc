#include "common/store/sorted_scan.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

constexpr std::size_t kMostOpenFiles = 16;
// Of a file that can only be read from the front, so that it is not read too often.
constexpr std::size_t kStreamedPartBytes = 64 << 20;

constexpr auto kLeastInFront = [](const auto& a, const auto& b) { return a->least() > b->least(); };

}  // namespace

SortedScan::SortedScan(ScanFiles& files, EventOrder order, std::size_t most_waiting)
    : files_(files), order_(order), most_waiting_(most_waiting) {}

Result<bool> SortedScan::next(std::string_view& event) {
  if (!surveyed_) OX_RETURN_IF_ERROR(survey());
  release_current();
  while (!unread_.empty() &&
         (waiting_.empty() || unread_.front().least <= waiting_.front()->least())) {
    if (!files_.go_on()) return ScanFiles::given_up();
    std::pop_heap(unread_.begin(), unread_.end(), std::greater<>());
    Part part = std::move(unread_.back());
    unread_.pop_back();
    OX_RETURN_IF_ERROR(load(std::move(part)));
    if (waiting_bytes_ > most_waiting_) make_room();
  }
  if (waiting_.empty()) return false;
  std::pop_heap(waiting_.begin(), waiting_.end(), kLeastInFront);
  current_ = std::move(waiting_.back());
  waiting_.pop_back();
  const Entry& entry = current_->entries[current_->at];
  event = std::string_view(current_->bytes).substr(entry.begin, entry.length);
  return true;
}

void SortedScan::add_waiting(std::unique_ptr<Waiting> waiting) {
  waiting_.push_back(std::move(waiting));
  std::push_heap(waiting_.begin(), waiting_.end(), kLeastInFront);
}

void SortedScan::release_current() {
  if (current_ == nullptr) return;
  if (++current_->at < current_->entries.size()) return add_waiting(std::move(current_));
  waiting_bytes_ -= current_->size();
  current_.reset();
}

Status SortedScan::survey() {
  known_.resize(files_.size());
  for (std::size_t file = 0; file < files_.size(); ++file)
    OX_RETURN_IF_ERROR(survey(file, FileScan::Index::kUse));
  surveyed_ = true;
  return ok_status();
}

Status SortedScan::survey(std::size_t file, FileScan::Index index) {
  if (!files_.go_on()) return ScanFiles::given_up();
  auto scan = files_.open(file, index);
  if (!scan.ok()) {
    complain(file, scan.status());
    if (index == FileScan::Index::kUse) ++files_.progress().files_done;
    return ok_status();
  }
  std::vector<FileScan::Piece> pieces;
  if (!(*scan)->survey(pieces)) return ScanFiles::given_up();
  if (index == FileScan::Index::kUse) {
    files_.close(**scan);
  } else if (!(*scan)->problem().ok()) {
    complain(file, (*scan)->problem());
  }
  const std::uint64_t most = (*scan)->random_access() ? 0 : kStreamedPartBytes;
  Part part;
  std::uint64_t bytes = 0;
  for (const FileScan::Piece& piece : pieces) {
    bytes += piece.length;
    if (!part.pieces.empty() && bytes > most) {
      add_unread(std::exchange(part, Part()));
      bytes = piece.length;
    }
    const EventRank least = order_.least(piece.min_end, piece.max_end, piece.some_without_end);
    part.least = part.pieces.empty() ? least : std::min(part.least, least);
    part.file = file;
    part.pieces.push_back(piece);
  }
  if (!part.pieces.empty()) add_unread(std::move(part));
  return ok_status();
}

void SortedScan::add_unread(Part part) {
  unread_.push_back(std::move(part));
  std::push_heap(unread_.begin(), unread_.end(), std::greater<>());
}

Result<FileScan*> SortedScan::open(std::size_t file) {
  auto found = std::find_if(open_.begin(), open_.end(),
                            [file](const auto& each) { return each.first == file; });
  if (found == open_.end()) {
    OX_ASSIGN_OR_RETURN(auto scan, files_.open(file, FileScan::Index::kIgnore));
    if (open_.size() == kMostOpenFiles) open_.pop_back();
    open_.emplace_front(file, std::move(scan));
  } else {
    open_.splice(open_.begin(), open_, found);
  }
  return open_.front().second.get();
}

void SortedScan::complain(std::size_t file, const Status& status) {
  if (!known_[file].complained) files_.add_problem(status);
  known_[file].complained = true;
}

Status SortedScan::load(Part part) {
  auto scan = open(part.file);
  if (!scan.ok()) {
    complain(part.file, scan.status());
    return ok_status();
  }
  auto waiting = std::make_unique<Waiting>();
  waiting->part = std::move(part);
  Part& loaded = waiting->part;
  for (const FileScan::Piece& piece : loaded.pieces) {
    OX_ASSIGN_OR_RETURN(const bool good, load_piece(**scan, piece, *waiting));
    if (good) continue;
    if (!(*scan)->problem().ok()) {
      complain(loaded.file, (*scan)->problem());
    } else if (piece.indexed && !loaded.read && !known_[loaded.file].distrusted) {
      return find_anew(loaded.file);
    } else {
      complain(loaded.file,
               Status(Code::kIo, "has changed while it was read")
                   .at(fmt::format("{}: offset {}", files_.relative(loaded.file), piece.offset)));
    }
    break;
  }
  KnownFile& known = known_[loaded.file];
  if (!loaded.read && !known.distrusted)
    for (const FileScan::Piece& piece : loaded.pieces)
      known.done.emplace_back(piece.offset, piece.offset + piece.length);
  loaded.read = true;
  if (waiting->entries.empty()) return ok_status();
  std::sort(waiting->entries.begin(), waiting->entries.end());
  waiting_bytes_ += waiting->size();
  add_waiting(std::move(waiting));
  return ok_status();
}

Result<bool> SortedScan::load_piece(FileScan& scan, const FileScan::Piece& piece, Waiting& into) {
  switch (scan.load(piece)) {
    case FileScan::Loaded::kGivenUp:
      return ScanFiles::given_up();
    case FileScan::Loaded::kEnd:
      return false;
    case FileScan::Loaded::kSome:
      break;
  }
  const Part& part = into.part;
  if (piece.indexed && !part.read) ++files_.progress().blocks_read;
  const KnownFile& known = known_[part.file];
  for (const EventMatcher::Match& match : scan.matches()) {
    const std::string_view bytes = scan.bytes(match);
    const std::uint64_t offset = scan.offset(match);
    const EventRank rank = order_.rank(EventSlices::of(bytes), part.file, offset);
    if (part.read && (rank < part.least || (part.end && rank >= *part.end))) continue;
    const bool again = known.distrusted && !piece.indexed &&
                       std::any_of(known.done.begin(), known.done.end(), [&](const auto& range) {
                         return offset >= range.first && offset < range.second;
                       });
    if (again) continue;
    into.entries.push_back(
        {rank, offset, into.bytes.size(), static_cast<std::uint32_t>(bytes.size())});
    into.bytes += bytes;
  }
  return true;
}

// The index of the file is not to be trusted. What was read by it was found to be right.
Status SortedScan::find_anew(std::size_t file) {
  known_[file].distrusted = true;
  std::erase_if(open_, [file](const auto& each) { return each.first == file; });
  std::erase_if(unread_, [file](const Part& other) { return other.file == file && !other.read; });
  std::make_heap(unread_.begin(), unread_.end(), std::greater<>());
  return survey(file, FileScan::Index::kIgnore);
}

void SortedScan::make_room() {
  std::vector<std::pair<EventRank, std::size_t>> sizes;
  for (const auto& waiting : waiting_)
    for (std::size_t i = waiting->at; i < waiting->entries.size(); ++i)
      sizes.emplace_back(waiting->entries[i].rank, waiting->entries[i].length + sizeof(Entry));
  std::sort(sizes.begin(), sizes.end());
  // One stays at least, and half of the room is free then.
  std::size_t kept = 1;
  for (std::size_t bytes = sizes[0].second; kept < sizes.size(); ++kept) {
    bytes += sizes[kept].second;
    if (bytes > most_waiting_ / 2) break;
  }
  if (kept == sizes.size()) return;
  const EventRank end = sizes[kept].first;

  std::vector<std::unique_ptr<Waiting>> all = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  for (std::unique_ptr<Waiting>& from : all) {
    auto to = std::make_unique<Waiting>();
    std::size_t i = from->at;
    for (; i < from->entries.size() && from->entries[i].rank < end; ++i) {
      Entry entry = from->entries[i];
      const std::size_t begin = std::exchange(entry.begin, to->bytes.size());
      to->bytes.append(from->bytes, begin, entry.length);
      to->entries.push_back(entry);
    }
    if (i < from->entries.size()) {
      Part rest = from->part;
      rest.least = from->entries[i].rank;
      from->part.end = rest.least;
      add_unread(std::move(rest));
    }
    if (to->entries.empty()) continue;
    to->part = std::move(from->part);
    waiting_bytes_ += to->size();
    add_waiting(std::move(to));
  }
}

}  // namespace ox
