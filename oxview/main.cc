// oxview: events as JSON on standard output, live, from log files, or from standard input.
#include <csignal>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/exit_codes.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "oxview/file_view.h"
#include "oxview/follow_view.h"
#include "oxview/http_view.h"
#include "oxview/live_stream.h"
#include "oxview/live_view.h"
#include "oxview/output.h"
#include "oxview/pager.h"
#include "oxview/printer.h"
#include "oxview/search_progress.h"
#include "oxview/sql_view.h"
#include "oxview/stdin_events.h"
#include "oxview/stdin_view.h"
#include "oxview/terminal.h"
#include "oxview/view_options.h"

namespace ox {
namespace {

bool show_files(const ViewOptions& options, Output& output, Printer& printer) {
  if (!options.progress || ::isatty(STDERR_FILENO) != 1)
    return view_files(FileSystem::real(), options.files, output, printer);
  SearchProgress progress(STDERR_FILENO, terminal_size(STDERR_FILENO).columns);
  // On the same terminal nobody looks for it any more once there is something to be seen.
  if (output.terminal()) output.before_writing([&progress] { progress.stop(); });
  const bool good = view_files(FileSystem::real(), options.files, output, printer, &progress);
  output.before_writing(nullptr);
  return good;
}

bool show(ViewOptions& options, Signals& signals, Output& output, Printer& printer) {
  Status status;
  switch (options.mode) {
    case ViewOptions::Mode::kFiles:
      return show_files(options, output, printer);
    case ViewOptions::Mode::kFollow: {
      FollowView follow(FileSystem::real(), options.files, options.control, output, printer,
                        signals);
      status = follow.run();
      if (status.ok()) return follow.good();
      break;
    }
    case ViewOptions::Mode::kLive:
      status = view_live(options.control, options.pattern, output, printer, signals);
      break;
    case ViewOptions::Mode::kHttp:
      break;  // of run()
    case ViewOptions::Mode::kStdin:
      status = view_stream(STDIN_FILENO, signals, output, printer);
      break;
  }
  if (!status.ok()) log_error("{}", status.message());
  return status.ok();
}

int select(const ViewOptions& options, Signals& signals, Output& output) {
  const std::string& sql = options.query.sql;
  if (options.mode == ViewOptions::Mode::kFiles)
    return view_sql(FileSystem::real(), options.files, sql, output);
  if (options.mode == ViewOptions::Mode::kLive) {
    LiveStream live(options.control, options.pattern, output, signals);
    return view_sql(live, sql, output);
  }
  StdinEvents events(STDIN_FILENO, output, signals, [&signals] { return signals.take() != 0; });
  return view_sql(events, sql, output);
}

// What is longer than the terminal goes to the pager.
void page(Pager& pager, Output& output) {
  const std::string command = output.terminal() ? Pager::command() : "";
  if (command.empty()) return;
  output.hold_screen(terminal_size(STDOUT_FILENO),
                     [&pager, command] { return pager.start(command); });
}

// The code the program exits with, which is `code` unless the output says otherwise.
int end(const Output& output, int code) {
  switch (output.state()) {
    case Output::State::kFailed:
      log_error("{}", output.error().message());
      return kExitFailed;
    case Output::State::kInterrupted:
    case Output::State::kReaderGone:
      return kExitOk;
    case Output::State::kDone:
    case Output::State::kOpen:
      break;
  }
  return code;
}

int run(int argc, char** argv) {
  Signals signals({SIGINT, SIGTERM});
  WallTime today = std::chrono::floor<std::chrono::days>(Clock::system().wall());
  auto parsed = parse_view_options(argc, argv, ::isatty(STDIN_FILENO) == 1, today);
  if (int* code = std::get_if<int>(&parsed)) return *code;
  auto& options = std::get<ViewOptions>(parsed);
  set_log_level(options.log_level);

  if (options.mode == ViewOptions::Mode::kHttp) {
    Status status = serve_http(options.http, signals);
    if (status.ok()) return kExitOk;
    log_error("{}", status.message());
    return status.code() == Code::kInvalid ? kExitConfiguration : kExitFailed;
  }
  Output output(STDOUT_FILENO, signals);
  Pager pager(signals);
  if (options.pager && options.mode == ViewOptions::Mode::kFiles) page(pager, output);
  if (!options.query.sql.empty()) {
    const int code = select(options, signals, output);
    output.release();
    pager.finish();
    return end(output, code);
  }
  if (options.print.format.kind == FormatSpec::Kind::kMsgpack && output.terminal()) {
    fmt::print(stderr, "oxview: --output msgpack: standard output is a terminal\n");
    return kExitUsage;
  }
  const bool as_grep = options.print.selection.pattern.has_value();
  Printer printer(output, std::move(options.print));
  const bool good = show(options, signals, output, printer);
  printer.finish();
  output.release();
  pager.finish();
  if (!as_grep) return end(output, good ? kExitOk : kExitFailed);
  return end(output, !good ? kExitUsage : printer.shown() > 0 ? kExitOk : kExitFailed);
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::run(argc, argv); }
