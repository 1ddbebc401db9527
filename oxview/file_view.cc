#include "oxview/file_view.h"

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "common/store/log_reader.h"
#include "proto/event_view.h"

namespace ox {
namespace {

constexpr int kEventsBetweenSignalChecks = 4096;

// For files that hold events of many types.
bool type_matches(std::string_view event, const TypePattern& pattern) {
  auto decoded = Decoded::decode(event);
  if (!decoded.ok()) return false;
  auto type = find_text(decoded->root(), "type");
  return type && pattern.matches(*type);
}

Status view_file(FileSystem& fs, const LogFile& file, const TypePattern& pattern, Output& output,
                 Printer& printer) {
  OX_ASSIGN_OR_RETURN(LogReader reader, LogReader::open(fs, file));
  std::string_view event;
  for (int n = 1; output.open(); ++n) {
    OX_ASSIGN_OR_RETURN(bool found, reader.next(event));
    if (!found) break;
    if (!file.mixed || type_matches(event, pattern)) OX_RETURN_IF_ERROR(printer.print(event));
    if (n % kEventsBetweenSignalChecks == 0) output.check_signals();
  }
  if (reader.unfinished() > 0)
    log_info("{}: {} bytes of an unfinished event at the end", file.path, reader.unfinished());
  return ok_status();
}

}  // namespace

bool view_files(FileSystem& fs, const FileSelection& selection, Output& output, Printer& printer) {
  const TypePattern& pattern = selection.pattern;
  // The name of a very long type is cut, and cannot be turned back.
  const std::string name_of_one = pattern.exact() ? decode_type(encode_type(pattern.prefix())) : "";
  auto wanted = [&](std::string_view type) { return pattern.matches(type) || type == name_of_one; };
  auto found = find_log_files(fs, selection.directory, wanted, selection.first, selection.last);
  if (!found.ok()) {
    log_error("{}", found.status().message());
    return false;
  }
  for (const Status& problem : found->problems) log_error("{}", problem.message());
  bool good = found->problems.empty();
  for (const LogFile& file : found->files) {
    if (!output.check_signals()) break;
    if (Status status = view_file(fs, file, pattern, output, printer); !status.ok()) {
      log_error("{}", status.message());
      good = false;
    }
  }
  if (found->files.empty())
    log_warning("no log files of type '{}' from {} to {} in {}", pattern.to_string(),
                format_iso_utc(selection.first), format_iso_utc(selection.last),
                selection.directory);
  return good && !found->files.empty();
}

}  // namespace ox
