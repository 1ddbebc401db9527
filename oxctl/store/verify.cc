// oxctl store verify: reads every log file to its end.
#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/store/cutoffs.h"
#include "common/store/log_upkeep.h"
#include "oxctl/printable.h"
#include "oxctl/store/store_commands.h"
#include "oxctl/store/store_lock.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"

namespace ox {
namespace {

struct StoreFigures {
  std::uint64_t events = 0;
  std::uint64_t deleted = 0;
  std::uint64_t bytes = 0;
};

Status read_whole(FileSystem& fs, const StoredLog& each, const FileCutoffs& hidden,
                  StoreFigures& figures) {
  OX_ASSIGN_OR_RETURN(LogReader reader, LogReader::open(fs, each.file));
  std::string_view event;
  while (true) {
    OX_ASSIGN_OR_RETURN(bool found, reader.next(event));
    if (!found) break;
    ++figures.events;
    figures.bytes += event.size();
    if (!hidden.empty() && hidden.hides(EventSlices::of(event), reader.offset() - event.size()))
      ++figures.deleted;
  }
  // In a file of today, an event that is just being written.
  if (reader.unfinished() == 0 || each.day_end > Clock::system().wall()) return ok_status();
  return Status(Code::kCorrupt, fmt::format("{}: offset {}: {} bytes of an event without its end",
                                            each.file.path, reader.offset(), reader.unfinished()));
}

}  // namespace

int verify_store(Session& session, const StoreArguments& arguments) {
  FileSystem& fs = FileSystem::real();
  auto found = stored_logs(fs, arguments.directory);
  if (!found.ok()) return cannot_use_store(session, found.status());
  if (std::string holder = store_holder(fs, arguments.directory); !holder.empty())
    fmt::print(stderr, "oxctl: {} has these files: the result may be in motion\n",
               printable(holder));
  std::string out;
  std::uint64_t damaged = 0;
  auto tell = [&](const Status& status) {
    ++damaged;
    out += printable(status.message(), 4096) + "\n";
  };
  for (const Status& problem : found->problems) tell(problem);
  auto cutoffs = Cutoffs::load(fs, arguments.directory);
  if (!cutoffs.ok()) tell(cutoffs.status());
  const Cutoffs none;
  StoreFigures figures;
  std::uint64_t files = 0;
  for (const StoredLog& each : found->logs) {
    const Cutoffs& rules = cutoffs.ok() ? *cutoffs : none;
    Status status = read_whole(fs, each, rules.of(fs, each.file), figures);
    // Removed, or compressed, meanwhile.
    if (status.code() == Code::kNotFound) continue;
    ++files;
    if (!status.ok()) tell(status);
  }
  const std::string read =
      fmt::format("{} events in {} files, {}", format_count(figures.events), format_count(files),
                  format_bytes(static_cast<double>(figures.bytes)));
  out += damaged == 0 ? "whole: " + read + "\n"
                      : fmt::format("{} damaged: {} can be read\n", format_count(damaged), read);
  if (figures.deleted > 0)
    out += fmt::format("{} of the events are deleted: readers leave them out\n",
                       format_count(figures.deleted));
  if (Status status = write_out(out); !status.ok()) return session.fail(status);
  return damaged == 0 ? kExitOk : kExitFailed;
}

}  // namespace ox
