#include "common/ingest/file_tail.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/rotated_files.h"

namespace ox {
namespace {

constexpr std::uint64_t kAtEnd = std::numeric_limits<std::uint64_t>::max();
constexpr Micros kRepeatWarning = Seconds(60);

}  // namespace

FileTail::FileTail(TailShared& shared, FileSpec spec, SourceNumber number)
    : shared_(shared),
      spec_(std::move(spec)),
      number_(number),
      encoder_(spec_.type, shared.options.host) {}

FileTail::~FileTail() {
  while (!chain_.empty()) let_go(chain_.size() - 1);
}

// The same trouble at every poll is said once a minute.
void FileTail::warn(const Status& status) {
  ++stats_.errors;
  MonoTime now = shared_.clock.mono();
  if (status.message() == last_warning_ && now - last_warned_ < kRepeatWarning) return;
  last_warning_ = status.message();
  last_warned_ = now;
  log_warning("{}", status.message());
}

Status FileTail::append(const std::string& path, std::uint64_t offset) {
  OX_ASSIGN_OR_RETURN(auto file, shared_.fs.open(path, FileSystem::Open::kReadFollow));
  return append(std::move(file), path, offset, false);
}

// Puts an open file at the end of the chain. One that is not ours to read leaves the chain as it
// is.
Status FileTail::append(std::unique_ptr<File> file, const std::string& path, std::uint64_t offset,
                        bool mid_line) {
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  if (!info.is_regular) return Status(Code::kInvalid, path + " is not a regular file");
  for (const auto& held : chain_)
    if (held->id() == info.id) return ok_status();
  if (!shared_.claims.claim(info.id, number_)) {
    elsewhere_ = info.id;
    log_warning("{} is the same file as one that is read under another name: it is read once",
                path);
    return ok_status();
  }
  auto tailed = TailedFile::start(std::move(file), offset == kAtEnd ? info.size : offset, mid_line,
                                  shared_.options.max_line);
  if (!tailed.ok()) {
    shared_.claims.release(info.id);
    return tailed.status().at(path);
  }
  (*tailed)->last_data = shared_.clock.mono();
  chain_.push_back(std::move(*tailed));
  encode();
  return ok_status();
}

Status FileTail::start_at_end() {
  OX_RETURN_IF_ERROR(append(spec_.path, kAtEnd));
  watch();
  return ok_status();
}

Status FileTail::start_at(const FilePosition& position) {
  for (const FileMark& mark : position.marks) {
    auto file = open_marked(shared_.fs, spec_.path, mark);
    if (!file.ok()) {
      ++stats_.lost_files;
      log_warning("{}; what it had behind byte {} is lost", file.status().message(), mark.offset);
      continue;
    }
    OX_RETURN_IF_ERROR(append(std::move(*file), spec_.path, mark.offset, mark.mid_line));
  }
  look();
  if (chain_.empty() && !elsewhere_) {
    // Say what is wrong with the path itself. Where it is only missing, it may come back, as it may
    // while we run.
    Status status = append(spec_.path, 0);
    if (!status.ok() && status.code() != Code::kNotFound) return status;
  }
  watch();
  return ok_status();
}

// Every file but the newest has a successor; the newest has one when the path's file is not ours.
void FileTail::mark_left() {
  MonoTime now = shared_.clock.mono();
  for (std::size_t i = 0; i < chain_.size(); ++i) {
    bool left = i + 1 < chain_.size() || elsewhere_.has_value();
    if (!left) chain_[i]->left_path = MonoTime(-1);
    if (left && chain_[i]->left_path < MonoTime(0)) chain_[i]->left_path = now;
  }
}

// Another file than the newest we hold is at the path.
void FileTail::take_up(const FileInfo& at_path) {
  auto back = std::find_if(chain_.begin(), chain_.end(),
                           [&](const auto& file) { return file->id() == at_path.id; });
  if (back != chain_.end()) {  // moved away, and back again
    std::rotate(back, back + 1, chain_.end());
    encode();
    return;
  }
  if (elsewhere_ == at_path.id) return;
  elsewhere_.reset();
  std::size_t before = chain_.size();
  std::optional<FileInfo> known;
  if (before > 0) known = chain_.back()->last_at_path;
  if (Status status = append(spec_.path, 0); !status.ok()) return warn(status);
  bool appended = chain_.size() > before;
  // What came and went at the path unseen. Looked for only now, when the new file is held: what is
  // rotated away while we look is then either found here or seen at the next look.
  if (known) {
    for (const RotatedFile& file : rotated_after(shared_.fs, spec_.path, *known)) {
      if (shared_.claims.owner(file.info.id)) continue;
      // By its mark: rotation may have given its name to another file since.
      FileMark mark;
      mark.id = file.info.id;
      auto opened = open_marked(shared_.fs, spec_.path, mark);
      Status status =
          opened.ok() ? append(std::move(*opened), file.path, 0, false) : opened.status();
      if (!status.ok()) warn(status);
    }
  }
  if (!appended) return;
  auto at = chain_.begin() + static_cast<std::ptrdiff_t>(before);
  std::rotate(at, at + 1, chain_.end());
  encode();
  ++stats_.rotations;
  log_info("{}: a new file is there", spec_.path);
  chain_.back()->watch = shared_.watcher.watch_file(spec_.path, number_);
}

void FileTail::look() {
  auto info = shared_.fs.info(spec_.path);
  if (!info.ok()) {
    if (info.status().code() != Code::kNotFound) return warn(info.status());
    if (!std::exchange(missing_, true))
      log_info("{} is gone: waiting for it to come back", spec_.path);
    elsewhere_.reset();
    return mark_left();
  }
  missing_ = false;
  if (!info->is_regular) return warn(Status(Code::kInvalid, spec_.path + " is not a regular file"));
  if (chain_.empty() || chain_.back()->id() != info->id) take_up(*info);
  if (!chain_.empty() && chain_.back()->id() == info->id) {
    TailedFile& newest = *chain_.back();
    elsewhere_.reset();
    newest.last_at_path = *info;
    if (newest.failed()) {  // a handle can go stale while the file is well
      auto file = shared_.fs.open(spec_.path, FileSystem::Open::kReadFollow);
      auto opened = file.ok() ? (*file)->info() : Result<FileInfo>(file.status());
      if (opened.ok() && opened->id == newest.id()) newest.replace(std::move(*file));
    }
  }
  mark_left();
}

bool FileTail::watch() {
  bool all = shared_.watcher.watch_name(directory_of(spec_.path), base_name(spec_.path), number_) !=
             FileWatcher::kNone;
  // Behind a link, rotation takes place in the directory of the file itself.
  auto real = shared_.fs.resolve(spec_.path);
  if (real.ok() && *real != spec_.path)
    shared_.watcher.watch_name(directory_of(*real), base_name(*real), number_);
  if (!chain_.empty() && !missing_ && !elsewhere_) {
    chain_.back()->watch = shared_.watcher.watch_file(spec_.path, number_);
    all = all && chain_.back()->watch != FileWatcher::kNone;
  }
  return all;
}

FilePosition FileTail::position() const {
  FilePosition out{spec_.path, {}};
  for (const auto& file : chain_) out.marks.push_back(file->mark());
  return out;
}

void FileTail::encode() { encoded_ = position().encode(); }

std::uint64_t FileTail::lag() const {
  std::uint64_t sum = 0;
  for (const auto& file : chain_) sum += file->lag();
  return sum;
}

// Offers one line; `offset` is where its file would be read on behind it.
EventSink::Answer FileTail::offer(std::size_t index, const LineBuffer::Line& line,
                                  std::uint64_t offset) {
  WallTime now = shared_.clock.wall();
  shared_.body.clear();
  encoder_.append(shared_.body, line.text, line.starts, line.ends, now);
  FilePosition::patch(encoded_, index, offset, !line.ends);
  IngestEvent event{spec_.type, encoder_.host(), to_seconds(now), shared_.body, number_, encoded_};
  EventSink::Answer answer = shared_.sink.add(event);
  if (answer == EventSink::Answer::kTaken) {
    ++stats_.events;
    if (!line.starts || !line.ends) ++stats_.pieces;
  }
  return answer;
}

// The last line of a file that has no line end and will not get one.
FileTail::Outcome FileTail::hand_rest(std::size_t index, bool restarts) {
  TailedFile& file = *chain_[index];
  LineBuffer::Line rest;
  if (!file.lines().peek_rest(rest)) return Outcome::kDry;
  if (!rest.blank()) {
    std::uint64_t behind = restarts ? 0 : file.mark().offset + rest.size;
    if (offer(index, rest, behind) == EventSink::Answer::kFull) return Outcome::kFull;
  }
  file.lines().pop(rest);
  return Outcome::kDry;
}

FileTail::Outcome FileTail::hand_over(std::size_t index, std::size_t& budget) {
  TailedFile& file = *chain_[index];
  LineBuffer::Line line;
  while (true) {
    while (file.lines().peek(line)) {
      if (!line.blank() &&
          offer(index, line, file.mark().offset + line.size) == EventSink::Answer::kFull)
        return Outcome::kFull;
      file.lines().pop(line);
    }
    if (budget == 0) return Outcome::kMore;
    std::uint64_t before = file.lines().size();
    switch (file.read_some(shared_.scratch)) {
      case TailedFile::Read::kData:
        file.last_data = shared_.clock.mono();
        budget -= std::min<std::uint64_t>(budget, file.lines().size() - before);
        encode();  // the fingerprint may cover more now
        break;
      case TailedFile::Read::kEnd:
        file.lines().release();
        return Outcome::kDry;
      case TailedFile::Read::kFailed:
        warn(file.status());
        return Outcome::kDry;
      case TailedFile::Read::kRewritten:
        encode();
        if (hand_rest(index, true) == Outcome::kFull) return Outcome::kFull;
        file.restart();
        encode();
        ++stats_.truncations;
        log_warning("{} was truncated or overwritten: reading it from its start", spec_.path);
        break;
    }
  }
}

bool FileTail::due(const TailedFile& file) const {
  return file.left_path >= MonoTime(0) &&
         shared_.clock.mono() - std::max(file.left_path, file.last_data) >=
             shared_.options.rotate_grace;
}

void FileTail::let_go(std::size_t index) {
  TailedFile& file = *chain_[index];
  if (file.failed()) {
    ++stats_.lost_files;
    log_warning("{}: gave up on {} bytes of a rotated file", spec_.path, file.lag());
  }
  shared_.watcher.unwatch(file.watch, number_);
  shared_.claims.release(file.id());
  chain_.erase(chain_.begin() + static_cast<std::ptrdiff_t>(index));
  encode();
}

FileTail::Outcome FileTail::poll() {
  look();
  std::size_t budget = shared_.options.turn_bytes;
  for (std::size_t i = 0; i < chain_.size();) {
    if (Outcome outcome = hand_over(i, budget); outcome != Outcome::kDry) return outcome;
    if (due(*chain_[i])) {
      if (hand_rest(i, false) == Outcome::kFull) return Outcome::kFull;
      let_go(i);
    } else {
      ++i;
    }
  }
  return Outcome::kDry;
}

}  // namespace ox
