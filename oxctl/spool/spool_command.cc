// oxctl spool: a look into a spool's directory, without a daemon and without changing anything.
#include <cstdio>

#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/spool/spool_inspector.h"
#include "oxctl/commands.h"
#include "oxctl/printable.h"
#include "oxctl/spool/spool_view.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"
#include "proto/type_pattern.h"

namespace ox {
namespace {

constexpr int kExitUnreadable = 2;
constexpr std::size_t kWriteStep = 1 << 20;

int cannot_read(Session& session, const Status& why) {
  (void)session.fail(Status(why.code(), printable(why.message(), 4096)));
  return kExitUnreadable;
}

void tell_holder(const SpoolReport& report) {
  if (!report.holder.empty())
    fmt::print(stderr, "oxctl: {} has this spool: the result may be in motion\n",
               printable(report.holder));
}

int inspect(Session& session, const SpoolArguments& arguments) {
  SpoolInspector inspector(FileSystem::real(), arguments.directory);
  Status status = inspector.open();
  if (status.ok()) status = inspector.read(0, {});
  if (!status.ok()) return cannot_read(session, status);
  const SpoolReport& report = inspector.report();
  status = write_out(arguments.json ? spool_json(arguments.directory, report)
                                    : render_spool(arguments.directory, report, plain_layout()));
  return status.ok() ? kExitOk : session.fail(status);
}

int verify(Session& session, const SpoolArguments& arguments) {
  SpoolInspector inspector(FileSystem::real(), arguments.directory);
  Status status = inspector.open();
  if (status.ok()) status = inspector.read(0, {});
  if (!status.ok()) return cannot_read(session, status);
  const SpoolReport& report = inspector.report();
  tell_holder(report);
  std::string out;
  for (const DamagedRange& range : report.damage) out += damage_text(range) + "\n";
  std::uint64_t batches = 0;
  std::uint64_t events = 0;
  for (const SpoolReport::Segment& segment : report.segments) {
    batches += segment.records;
    events += segment.events;
  }
  std::string read = fmt::format("{} batches with {} events in {} segments", format_count(batches),
                                 format_count(events), format_count(report.segments.size()));
  out += report.damage.empty()
             ? "whole: " + read + "\n"
             : fmt::format("{} damaged: {} can be read\n", report.damage.size(), read);
  if (report.torn_bytes > 0)
    out += fmt::format("{} bytes of an append that was cut off: the next start cuts them\n",
                       report.torn_bytes);
  if (status = write_out(out); !status.ok()) return session.fail(status);
  return report.damage.empty() ? kExitOk : kExitFailed;
}

// Where the export begins: at what the output has not released.
Result<Position> export_from(const SpoolReport& report, const std::string& output) {
  if (output.empty()) return Position{0};
  auto found = report.outputs.find(output);
  if (found != report.outputs.end()) return found->second.released;
  std::string names;
  for (const auto& [name, each] : report.outputs) names += (names.empty() ? "" : ", ") + name;
  return Status(Code::kNotFound,
                fmt::format("--from-cursor: no output '{}': the checkpoint knows {}", output,
                            names.empty() ? "none" : names));
}

// The events as they stand in log files, one behind the other, which oxview reads.
int export_events(Session& session, const SpoolArguments& arguments) {
  TypePattern pattern;
  if (!arguments.type.empty()) {
    auto parsed = TypePattern::parse(arguments.type);
    if (!parsed.ok()) return cannot_read(session, parsed.status().at("--type"));
    pattern = *parsed;
  }
  SpoolInspector inspector(FileSystem::real(), arguments.directory);
  if (Status status = inspector.open(); !status.ok()) return cannot_read(session, status);
  auto from = export_from(inspector.report(), arguments.from_cursor);
  if (!from.ok()) return cannot_read(session, from.status());
  tell_holder(inspector.report());

  std::string out;
  Status written;
  auto take = [&](const SpoolRecord& record) {
    BatchCursor cursor(*record.batch);
    BatchEvent event;
    while (cursor.next(event))
      if (pattern.matches(record.batch->pairs()[event.pair].type)) out += event.body;
    if (out.size() < kWriteStep) return ok_status();
    written = write_out(out);
    out.clear();
    return written;
  };
  Status status = inspector.read(*from, take);
  if (status.ok()) written = write_out(out);
  if (!written.ok()) return session.fail(written);
  if (!status.ok()) return cannot_read(session, status);
  for (const DamagedRange& range : inspector.report().damage)
    fmt::print(stderr, "oxctl: left out: {}\n", damage_text(range));
  return inspector.report().damage.empty() ? kExitOk : kExitFailed;
}

}  // namespace

int run_spool(Session& session) {
  const SpoolArguments& arguments = session.options().spool;
  if (arguments.op == "inspect") return inspect(session, arguments);
  if (arguments.op == "verify") return verify(session, arguments);
  return export_events(session, arguments);
}

}  // namespace ox
