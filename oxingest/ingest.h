#pragma once
// oxingest at work: sources in front, transports behind, and the end of all of them.
//
//   stdin ------.
//   http,       |
//   syslog, ... +--> channel "live"  --> link, or the spool of --spool-path and then the link
//   files ---------> channel "files" --> journals of the files, and then the link
//
// It ends when every input has ended and everything is acknowledged; or, for that last part, when
// nothing was acknowledged for `linger`. The first SIGINT, SIGTERM or SIGHUP ends the input and
// leaves `linger` for the rest; the second ends at once. Where it listens, SIGHUP reads the files of
// users and tokens again instead.
// Threading: one thread.
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/signals.h"
#include "common/base/status.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/file_watcher.h"
#include "common/ingest/stdin_source.h"
#include "common/ingest/tail_source.h"
#include "oxingest/channel.h"
#include "oxingest/http_source.h"
#include "oxingest/options.h"
#include "oxingest/progress.h"
#include "oxingest/state_directory.h"
#include "oxingest/stream_source.h"

namespace ox {

class Ingest {
 public:
  // `files`, `spool`: what IngestState::open() and open_spool() made for `options`. `progress` may
  // be inactive. The references must outlive the object.
  Ingest(const IngestOptions& options, IngestState& files, IngestState& spool, Signals& signals,
         ProgressLine& progress);
  ~Ingest();

  // Opens the files, and listens. Error: one line that says what is wrong.
  Status open();
  // Runs to the end, after open(). True when all that was read is acknowledged; with --v3, sent. What is not, and
  // what else went wrong, was logged.
  bool run();

 private:
  // With the transport that goes with `state`, a journal or none.
  Channel& add_channel(IngestState& state);
  Status open_files();
  Status open_http(Channel& channel);
  Status open_streams(Channel& channel);
  Status open_live();
  Status follow(const FileSpec& file, SourceNumber number);
  void record_sent(bool all);
  void check_soon();
  void check();
  void tick();
  void on_signal();
  void end(bool complete);
  void report_problem();
  Progress progress() const;

  const IngestOptions& options_;
  IngestState& files_state_;
  IngestState& spool_state_;
  Signals& signals_;
  ProgressLine& progress_line_;
  EventLoop loop_;
  Metrics metrics_;
  std::unique_ptr<FileWatcher> watcher_;
  std::vector<std::unique_ptr<Channel>> channels_;
  // Each only when asked for.
  std::unique_ptr<StdinSource> stdin_;
  std::unique_ptr<TailSource> files_;
  std::unique_ptr<HttpSource> http_;
  std::unique_ptr<StreamSource> streams_;

  LogLimiter limiter_;
  EventLoop::Id check_timer_ = 0;    // a check is due
  std::optional<MonoTime> give_up_;  // when the end is not waited for any longer
  int signals_seen_ = 0;
  EventLoop::Id give_up_timer_ = 0;
  MonoTime problem_since_{-1};
  bool problem_told_ = false;
  // What a probe of readiness is told, on a thread of the server.
  std::mutex ready_mu_;
  std::string not_ready_;  // guarded by ready_mu_
  bool complete_ = false;
};

}  // namespace ox
