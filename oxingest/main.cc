// oxingest: lines of standard input or of log files as events, sent to an oxd.
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/exit_codes.h"
#include "common/base/file_system.h"
#include "common/base/heap.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "common/base/status.h"
#include "oxingest/ingest.h"
#include "oxingest/options.h"
#include "oxingest/progress.h"
#include "oxingest/state_directory.h"

namespace ox {
namespace {

ProgressLine* g_progress = nullptr;

// A program started with one of these closed would get a socket there, and write its log into it.
void open_standard_descriptors() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) OX_CHECK(::open("/dev/null", O_RDWR) == fd);
}

// Those that whoever started us did not want ignored: nohup(1), and shells for jobs in the
// background. Where SIGHUP does not end us, but asks for files to be read again, it counts anyhow.
std::vector<int> signals_of(const IngestOptions& options) {
  std::vector<int> out;
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    bool ignored = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    bool reloads = signal == SIGHUP && !options.http.listeners.empty();
    if (!ignored || reloads) out.push_back(signal);
  }
  return out;
}

int run(int argc, char** argv) {
  open_standard_descriptors();
  keep_freed_buffers();
  IngestOptions options;
  if (auto code = parse_options(argc, argv, options)) return *code;
  Signals signals(signals_of(options));
  if (options.check_config) return kExitOk;
  set_log_level(options.log_level);

  // Someone who types lines would have them erased by ours.
  bool typing = options.files.empty() && ::isatty(STDIN_FILENO) == 1;
  ProgressLine progress(typing ? -1 : STDERR_FILENO, Clock::system());
  if (progress.active()) {
    g_progress = &progress;
    set_log_sink([](LogLevel level, std::string_view text) {
      g_progress->clear();
      log_to_stderr(level, text);
    });
  }
  auto state = IngestState::open(FileSystem::real(), options, Clock::system());
  if (!state.ok()) {
    log_error("{}", state.status().message());
    return state.status().code() == Code::kNotFound ? kExitFailed : kExitConfiguration;
  }
  auto spool = IngestState::open_spool(FileSystem::real(), options, Clock::system());
  if (!spool.ok()) {
    log_error("{}", spool.status().message());
    return kExitConfiguration;
  }
  Ingest ingest(options, *state, *spool, signals, progress);
  if (Status status = ingest.open(); !status.ok()) {
    log_error("{}", status.message());
    return status.code() == Code::kInvalid ? kExitConfiguration : kExitFailed;
  }
  bool good = ingest.run();
  set_log_sink(nullptr);
  return good ? kExitOk : kExitFailed;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::run(argc, argv); }
