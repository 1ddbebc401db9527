#include "oxd/write/index_keeper.h"

#include <set>

#include <fmt/format.h>

#include "common/store/log_index.h"
#include "common/store/log_indexer.h"

namespace ox {

static constexpr int kClosedShare = 25;  // percent of a core
static constexpr int kOpenShare = 3;

IndexKeeper::IndexKeeper(FileSystem& fs, Metrics& metrics, const Clock& clock, Micros interval)
    : fs_(fs),
      clock_(clock),
      interval_(interval),
      files_(metrics.counter("keep.indexed_files")),
      read_bytes_(metrics.counter("keep.indexed_bytes")),
      errors_(metrics.counter("keep.index_errors")),
      limiter_(clock) {}

void IndexKeeper::look(const std::vector<Indexed>& files, const std::function<bool()>& go_on) {
  std::set<std::string> names;  // of a log file and its compressed twin only one has the index
  std::map<std::string, Seen> seen;
  std::vector<const Indexed*> to_do;
  for (const Indexed& indexed : files) {
    if (!names.insert(index_path(indexed.file)).second) continue;
    auto before = seen_.find(indexed.file.path);
    if (before != seen_.end()) {
      const Seen& last = before->second;
      const bool grown = indexed.bytes < last.bytes || indexed.bytes >= last.bytes + kGrowth;
      const bool changed = indexed.bytes != last.bytes || indexed.closed != last.closed;
      seen.insert(*before);
      if (indexed.closed ? !changed : !grown) continue;
    }
    to_do.push_back(&indexed);
  }
  seen_ = std::move(seen);
  for (bool closed : {true, false}) {
    const MonoTime until = clock_.mono() + interval_ * (closed ? kClosedShare : kOpenShare) / 100;
    for (const Indexed* indexed : to_do)
      if (indexed->closed == closed && !bring_up_to_date(*indexed, until, go_on)) break;
  }
}

bool IndexKeeper::bring_up_to_date(const Indexed& indexed, MonoTime until,
                                   const std::function<bool()>& go_on) {
  // A block at least is done, so that a slow disk does not stop it for ever.
  bool in_time = true;
  auto indexing = index_log(fs_, indexed.file, [&] {
    in_time = go_on() && clock_.mono() < until;
    return in_time;
  });
  if (!in_time) {
    if (indexing.ok()) read_bytes_.add(indexing->read_bytes);
    return false;
  }
  seen_[indexed.file.path] = {indexed.bytes, indexed.closed};
  if (indexing.ok()) {
    if (indexing->changed) files_.add();
    read_bytes_.add(indexing->read_bytes);
  } else if (indexing.status().code() != Code::kNotFound) {
    errors_.add();
    limiter_.warn("index", fmt::format("files: no index: {}", indexing.status().message()));
  }
  return go_on() && clock_.mono() < until;
}

}  // namespace ox
