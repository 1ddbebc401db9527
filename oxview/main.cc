// oxview: events as JSON on standard output, live, from log files, or from standard input.
#include <csignal>
#include <utility>
#include <variant>

#include <unistd.h>

#include "common/base/log.h"
#include "common/base/options.h"
#include "common/base/signals.h"
#include "oxview/file_view.h"
#include "oxview/live_view.h"
#include "oxview/output.h"
#include "oxview/printer.h"
#include "oxview/stdin_view.h"
#include "oxview/view_options.h"

namespace ox {
namespace {

bool show(ViewOptions& options, Signals& signals, Output& output, Printer& printer) {
  Status status;
  switch (options.mode) {
    case ViewOptions::Mode::kFiles:
      return view_files(FileSystem::real(), options.files, output, printer);
    case ViewOptions::Mode::kLive:
      status = LiveView(options.control, options.pattern, output, printer, signals).run();
      break;
    case ViewOptions::Mode::kStdin:
      status = view_stream(STDIN_FILENO, signals, output, printer);
      break;
  }
  if (!status.ok()) log_error("{}", status.message());
  return status.ok();
}

int run(int argc, char** argv) {
  Signals signals({SIGINT, SIGTERM});
  WallTime today = std::chrono::floor<std::chrono::days>(Clock::system().wall());
  auto parsed = parse_view_options(argc, argv, ::isatty(STDIN_FILENO) == 1, today);
  if (int* code = std::get_if<int>(&parsed)) return *code;
  auto& options = std::get<ViewOptions>(parsed);
  set_log_level(options.log_level);

  Output output(STDOUT_FILENO, signals);
  Printer printer(output, std::move(options.print));
  bool good = show(options, signals, output, printer);
  if (output.open()) output.flush();
  printer.report_groups();
  switch (output.state()) {
    case Output::State::kFailed:
      log_error("{}", output.error().message());
      return kExitFailed;
    case Output::State::kInterrupted:
    case Output::State::kReaderGone:
      return kExitOk;
    case Output::State::kOpen:
      break;
  }
  return good ? kExitOk : kExitFailed;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::run(argc, argv); }
