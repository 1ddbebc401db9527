#include "oxd/write/log_keeper.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "common/base/thread.h"
#include "common/store/cutoff_draft.h"

namespace ox {

static constexpr std::string_view kZstdSuffix = ".zst";

LogKeeper::LogKeeper(FileSystem& fs, LogUpkeep::Change change_closed, Metrics& metrics,
                     const Clock& clock, const LogKeeperOptions& options)
    : fs_(fs),
      clock_(clock),
      options_(options),
      upkeep_(fs, options.directory, std::move(change_closed)),
      compressed_files_(metrics.counter("keep.compressed_files")),
      compressed_from_(metrics.counter("keep.compressed_from_bytes")),
      compressed_to_(metrics.counter("keep.compressed_to_bytes")),
      removed_files_(metrics.counter("keep.removed_files")),
      removed_bytes_(metrics.counter("keep.removed_bytes")),
      left_out_(metrics.counter("keep.left_out_events")),
      errors_(metrics.counter("keep.errors")),
      limiter_(clock),
      indexes_(fs, metrics, clock, options.interval) {}

LogKeeper::~LogKeeper() { stop(); }

void LogKeeper::start() {
  thread_ = start_thread("log keeper", [this] {
    std::unique_lock lock(mu_);
    while (!stopping_) {
      lock.unlock();
      run_jobs();
      look();
      lock.lock();
      wake_.wait_for(lock, options_.interval, [this] { return stopping_ || !jobs_.empty(); });
    }
  });
}

void LogKeeper::stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& job : std::exchange(jobs_, {})) job(false);
}

void LogKeeper::run(std::function<void(bool)> job) {
  {
    std::lock_guard lock(mu_);
    if (!stopping_) {
      jobs_.push_back(std::move(job));
      job = nullptr;
    }
  }
  wake_.notify_all();
  if (job) job(false);
}

bool LogKeeper::running() const {
  std::lock_guard lock(mu_);
  return !stopping_;
}

bool LogKeeper::may_go_on() const {
  std::lock_guard lock(mu_);
  return !stopping_ && jobs_.empty();
}

void LogKeeper::run_jobs() {
  while (true) {
    std::function<void(bool)> job;
    {
      std::lock_guard lock(mu_);
      if (stopping_ || jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job(true);
  }
}

void LogKeeper::look() {
  auto cutoffs = Cutoffs::load(fs_, options_.directory);
  if (!cutoffs.ok()) complain(cutoffs.status());
  std::vector<StoredLog> files = kept_files();
  upkeep_.remove_old(
      files, {options_.retain_days, options_.retain_bytes}, clock_.wall(),
      [this] { return may_go_on(); },
      [this](const StoredLog& log, const Status& status) {
        tell_removed(log, status, "it is past what is to be retained");
      });
  // Without knowing the cut-offs nothing is known of what may be left out.
  if (cutoffs.ok() && !cutoffs->empty()) remove_hidden(files, *cutoffs);
  if (cutoffs.ok() && options_.compress_after >= Micros(0)) {
    for (const StoredLog& kept : files) {
      if (!may_go_on()) return;
      if (kept.file.compression == Compression::kNone &&
          kept.day_end + options_.compress_after <= clock_.wall())
        compress(kept, *cutoffs);
    }
    files = kept_files();
  }
  index(files);
}

void LogKeeper::index(const std::vector<StoredLog>& files) {
  std::vector<IndexKeeper::Indexed> indexed;
  for (const StoredLog& kept : files)
    indexed.push_back({kept.file, kept.bytes, kept.day_end <= clock_.wall()});
  indexes_.look(indexed, [this] { return may_go_on(); });
}

std::vector<StoredLog> LogKeeper::kept_files() {
  auto found = stored_logs(fs_, options_.directory);
  if (!found.ok()) {
    complain(found.status());
    return {};
  }
  for (const Status& problem : found->problems) complain(problem);
  return std::move(found->logs);
}

void LogKeeper::remove_hidden(std::vector<StoredLog>& files, const Cutoffs& cutoffs) {
  const WallTime now = clock_.wall();
  std::set<std::string> plain;
  for (const StoredLog& kept : files)
    if (kept.file.compression == Compression::kNone) plain.insert(kept.file.path);
  std::map<std::string, Seen> seen;
  std::erase_if(files, [&](const StoredLog& kept) {
    if (kept.day_end > now || !may_go_on()) return false;
    // The compressed file says of the log file beside it which cut-offs came before.
    const std::string& path = kept.file.path;
    if (kept.file.compression == Compression::kZstd &&
        plain.contains(path.substr(0, path.size() - kZstdSuffix.size())))
      return false;
    const FileCutoffs hidden = cutoffs.of(fs_, kept.file);
    if (hidden.empty()) return false;
    const Seen as_now{cutoffs.latest(), kept.bytes};
    auto before = seen_.find(path);
    bool gone = false;
    if (before == seen_.end() || before->second != as_now) {
      auto all = all_hidden(fs_, kept.file, hidden, [this] { return may_go_on(); });
      if (!all.ok()) {
        complain(all.status());
        return false;
      }
      gone = *all;
    }
    if (!gone) {
      seen.emplace(path, as_now);
      return false;
    }
    const Status status = upkeep_.remove(kept);
    tell_removed(kept, status, "cut-offs hide all that is in it");
    return status.ok();
  });
  if (may_go_on()) seen_ = std::move(seen);
}

void LogKeeper::tell_removed(const StoredLog& log, const Status& status, const char* why) {
  if (!status.ok()) return complain(status);
  removed_files_.add();
  removed_bytes_.add(log.bytes);
  log_info("files: {} is removed: {}", log.path, why);
}

void LogKeeper::compress(const StoredLog& log, const Cutoffs& cutoffs) {
  auto compressed = upkeep_.compress(log, cutoffs, [this] { return may_go_on(); });
  if (!compressed.ok()) return complain(compressed.status());
  compressed_files_.add();
  compressed_from_.add(log.bytes);
  compressed_to_.add(compressed->compressed_bytes);
  left_out_.add(compressed->left_out);
  log_info("files: {} is compressed: {} instead of {}", log.path,
           format_size(compressed->compressed_bytes), format_size(log.bytes));
}

// What is in use yet is tried again in the next round, without a word.
void LogKeeper::complain(const Status& status) {
  if (status.code() == Code::kUnavailable) return;
  errors_.add();
  limiter_.warn("keep", fmt::format("files: {}", status.message()));
}

}  // namespace ox
