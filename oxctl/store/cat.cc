// oxctl store cat: the events of a type as they stand in log files, which oxview reads.
#include "common/base/exit_codes.h"
#include "common/store/cutoffs.h"
#include "common/store/event_scan.h"
#include "oxctl/store/store_commands.h"
#include "oxctl/terminal.h"

namespace ox {

static constexpr std::size_t kCatStep = 1 << 20;

int cat_store(Session& session, const StoreArguments& arguments) {
  FileSystem& fs = FileSystem::real();
  auto cutoffs = Cutoffs::load(fs, arguments.directory);
  if (!cutoffs.ok()) return cannot_use_store(session, cutoffs.status());
  EventConditions conditions;
  conditions.types.push_back(arguments.type);
  ScanOptions options;
  options.first = arguments.first;
  options.last = arguments.last;
  options.types_by_file_name = true;
  options.cutoffs = &*cutoffs;
  auto scan = EventScan::open(fs, arguments.directory, std::move(conditions), options);
  if (!scan.ok()) return cannot_use_store(session, scan.status());
  std::string out;
  std::string_view event;
  while (true) {
    auto found = scan->next(event);
    if (!found.ok()) return session.fail(found.status());
    if (*found) out += event;
    if (out.size() < kCatStep && *found) continue;
    if (Status status = write_out(out); !status.ok()) return session.fail(status);
    out.clear();
    if (!*found) break;
  }
  int code = kExitOk;
  for (const Status& problem : scan->problems()) code = store_complaint(session, problem);
  return code;
}

}  // namespace ox
