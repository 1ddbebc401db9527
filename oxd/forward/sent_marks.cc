#include "oxd/forward/sent_marks.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace ox {
namespace {

// The file: this line, then "sent POSITION SECONDS TARGET" for each; seconds of Unix time.
constexpr std::string_view kMarksFirstLine = "oxd sent 1";
constexpr std::string_view kSent = "sent ";
constexpr std::size_t kLargestMarksFile = 1 << 20;

// The file is this far ahead of what was sent, so that it is not written for every batch.
constexpr Position kStride = 256 << 20;
constexpr Micros kOld = Seconds(3600);
constexpr Micros kTryAgain = Seconds(1);

bool take_number(std::string_view& text, std::int64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return out >= 0;
}

bool parse(std::string_view text, std::map<std::string, SentMarks::Mark>& marks) {
  bool first = true;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (first ? line != kMarksFirstLine : !line.starts_with(kSent)) return false;
    if (!first) {
      line.remove_prefix(kSent.size());
      std::int64_t to = 0;
      std::int64_t since = 0;
      if (!take_number(line, to) || !take_number(line, since) || line.empty()) return false;
      marks[std::string(line)] = {static_cast<Position>(to), Seconds(since)};
    }
    first = false;
  }
  return !first;
}

}  // namespace

Result<std::unique_ptr<SentMarks>> SentMarks::load(FileSystem& fs, const std::string& directory,
                                                   Position begin, Position end) {
  std::string path = directory.empty() ? "" : join_path(directory, "sent");
  std::unique_ptr<SentMarks> marks(new SentMarks(fs, path));
  if (path.empty()) return marks;
  auto text = read_file(fs, path, kLargestMarksFile);
  if (text.status().code() == Code::kNotFound) return marks;
  if (!text.ok()) return text.status();
  std::lock_guard lock(marks->mu_);
  if (!parse(*text, marks->marks_))
    return Status(Code::kCorrupt, path + ": does not say what was sent");
  std::erase_if(marks->marks_, [&](const auto& entry) { return entry.second.to <= begin; });
  for (auto& [target, mark] : marks->marks_) mark.to = std::min(mark.to, end);
  return marks;
}

SentMarks::Mark SentMarks::of(const std::string& target) const {
  std::lock_guard lock(mu_);
  auto it = marks_.find(target);
  return it == marks_.end() ? Mark() : it->second;
}

Status SentMarks::save(const std::string& target, const Mark& mark) {
  std::lock_guard lock(mu_);
  marks_[target] = mark;
  if (path_.empty()) return ok_status();
  std::string text = fmt::format("{}\n", kMarksFirstLine);
  for (const auto& [name, each] : marks_)
    text += fmt::format("{}{} {} {}\n", kSent, each.to,
                        std::chrono::floor<Seconds>(each.since).count(), name);
  return replace_file(fs_, path_, text);
}

SentMark::SentMark(SentMarks& marks, std::string target)
    : marks_(marks), target_(std::move(target)), mark_(marks.of(target_)), saved_(mark_) {}

std::optional<WallTime> SentMark::give(Position position, Position end, WallTime now) {
  if (record_ != position) {
    record_ = position;
    record_first_sent_.reset();
    if (position < mark_.to) record_first_sent_ = mark_.since;
  }
  outstanding_.push_back(record_first_sent_.value_or(now));
  mark_.to = std::max(mark_.to, end);
  mark_.since = outstanding_.front();
  if (mark_.to > saved_.to || mark_.since - saved_.since > kOld)
    save({mark_.to + kStride, mark_.since}, now);
  return record_first_sent_;
}

void SentMark::answered(std::size_t count) {
  count = std::min(count, outstanding_.size());
  outstanding_.erase(outstanding_.begin(),
                     outstanding_.begin() + static_cast<std::ptrdiff_t>(count));
}

void SentMark::taken_back() {
  if (!outstanding_.empty()) mark_.since = outstanding_.front();
  outstanding_.clear();
  record_.reset();
}

void SentMark::settle(WallTime now) {
  if (saved_.to > mark_.to) save(mark_, now);
}

void SentMark::look(WallTime now) {
  if (!saved_at_ || now - *saved_at_ > kOld) settle(now);
}

void SentMark::save(const SentMarks::Mark& mark, WallTime now) {
  // A disk that is full or broken is not asked again for every batch.
  if (failed_at_ && now >= *failed_at_ && now - *failed_at_ < kTryAgain) return;
  failed_at_.reset();
  if (Status status = marks_.save(target_, mark); status.ok()) {
    saved_ = mark;
    saved_at_ = now;
  } else {
    failed_at_ = now;
    limiter_.warn("save", fmt::format("forward: {}: what {} gets now may be doubled should it be "
                                      "away for weeks",
                                      status.message(), target_));
  }
}

}  // namespace ox
