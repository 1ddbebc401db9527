#include "oxd/control/record_leases.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/uuid.h"

namespace ox {

static constexpr std::size_t kLargestLeasesFile = 1 << 20;

static std::uint64_t draw_number() {
  std::uint64_t number = 0;
  while (number == 0) number = random_u64();
  return number;
}

bool holds_no_logs(FileSystem& fs, const std::string& log_path) {
  auto entries = fs.list(log_path);
  if (!entries.ok()) return entries.status().code() == Code::kNotFound;
  return std::all_of(entries->begin(), entries->end(),
                     [](const DirectoryEntry& entry) { return entry.name == ".oxd"; });
}

RecordLeases::RecordLeases(FileSystem& fs, const Clock& clock, Metrics& metrics)
    : fs_(fs),
      clock_(clock),
      leased_(metrics.counter("record_ids.leased")),
      released_(metrics.counter("record_ids.released")),
      refused_(metrics.counter("record_ids.refused")),
      problem_(Code::kUnsupported,
               "record ids are leased by the collector: this node writes no log files") {}

void RecordLeases::open(const std::string& directory, bool fresh) {
  path_ = join_path(directory, "record-ids");
  fresh_ = fresh;
  try_to_load();
}

void RecordLeases::try_to_load() {
  Status status = load().at("record ids cannot be leased");
  if (!status.ok() && status.message() != problem_.message()) log_error("{}", status.message());
  problem_ = status;
}

Status RecordLeases::load() {
  auto text = read_file(fs_, path_, kLargestLeasesFile);
  if (text.ok()) {
    fresh_ = false;
    auto lanes = RecordLanes::parse(*text);
    if (!lanes.ok()) return lanes.status().at(path_);
    lanes_ = *lanes;
    return ok_status();
  }
  if (text.status().code() != Code::kNotFound) return text.status();
  std::uint64_t floor = 0;
  if (!fresh_) {
    floor = record_tick(clock_.wall()) + kMostAheadTicks + kLeaseTicks;
    log_warning("{} is missing: record ids begin an hour and ten minutes ahead of the clock",
                path_);
  }
  lanes_ = RecordLanes(floor);
  return save(lanes_);
}

Status RecordLeases::save(const RecordLanes& lanes) {
  return replace_file(fs_, path_, lanes.to_text());
}

Result<RecordIdReply> RecordLeases::answer(const RecordIdRequest& request) {
  auto refuse = [this](const Status& status) {
    refused_.add();
    return status;
  };
  if (!problem_.ok() && !path_.empty()) try_to_load();
  if (!problem_.ok()) return refuse(problem_);
  RecordIdReply reply;
  reply.now = record_tick(clock_.wall());

  RecordLanes next = lanes_;
  bool released = false;
  if (request.release != 0) {
    auto done = next.release(request.release, request.used);
    if (!done.ok()) return refuse(done.status());
    released = *done;
  }
  if (request.lanes > 0) {
    reply.lease = next.extend(request.extend, request.after, reply.now);
    if (!reply.lease) {
      auto lease = next.grant(draw_number(), request.lanes, request.after, reply.now);
      if (!lease.ok()) return refuse(lease.status());
      reply.lease = *lease;
      reply.first = lanes_.untouched();
    }
  }
  if (reply.lease || released) {
    // On an error the file may hold `next`: that is a lease nobody got, or one whose holder uses
    // no more of it. What is in memory gives out neither twice.
    if (Status saved = save(next); !saved.ok())
      return refuse(saved.at("record ids cannot be leased"));
    lanes_ = next;
  }
  if (reply.lease) leased_.add();
  if (released) released_.add();
  return reply;
}

}  // namespace ox
