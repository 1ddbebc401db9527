#include "common/ingest/api/pbu/level_writer.h"

#include <utility>

#include "common/base/thread.h"

namespace ox {

LevelWriter::LevelWriter(LevelFiles files, Metrics& metrics, std::uint64_t most_waiting)
    : most_waiting_(most_waiting),
      written_(metrics.counter("http.api.pbu.file_records")),
      lost_(metrics.counter("http.api.pbu.file_records_lost")),
      files_(std::move(files)),
      thread_(start_thread("levels", [this] { serve(); })) {}

LevelWriter::~LevelWriter() {
  {
    std::lock_guard lock(mu_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LevelWriter::write(PbuLevel level, std::string lines, std::function<void()> then) {
  {
    std::lock_guard lock(mu_);
    if (waiting_bytes_ == 0 || waiting_bytes_ + lines.size() <= most_waiting_) {
      waiting_bytes_ += lines.size();
      const bool wake = waiting_.empty();
      waiting_.push_back({level, std::move(lines), std::move(then)});
      if (wake) changed_.notify_one();
      return;
    }
  }
  lost_.add();
  limiter_.warn("full",
                "too much waits to be written to the level files: a record is missing there");
  then();
}

void LevelWriter::serve() {
  std::unique_lock lock(mu_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Job> jobs = std::exchange(waiting_, {});
    const std::uint64_t bytes = waiting_bytes_;
    lock.unlock();
    write_all(std::move(jobs));
    lock.lock();
    waiting_bytes_ -= bytes;
  }
}

void LevelWriter::write_all(std::vector<Job> jobs) {
  PbuLevelMap<std::string> text;
  for (const Job& job : jobs) text[job.level] += job.lines;
  const LevelFiles::Outcome outcome = files_.append(text);
  if (!outcome.rotated.ok()) limiter_.warn("rotation", outcome.rotated.message());
  for (PbuLevel level : kEveryPbuLevel)
    if (const Status& status = outcome.written[level]; !status.ok())
      limiter_.warn(status.message(), status.message() + ": records are missing there");
  for (Job& job : jobs) {
    (outcome.written[job.level].ok() ? written_ : lost_).add();
    job.then();
  }
}

}  // namespace ox
