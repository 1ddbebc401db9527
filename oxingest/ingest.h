#pragma once
// oxingest at work: sources in front, a transport behind, and the end of both.
//
//   source --add()--> Ingest --add()--> transport      (kFull: nothing is read until room())
//
// It ends when its input has ended and everything is acknowledged; or, for that last part, when
// nothing was acknowledged for `linger`. The first SIGINT, SIGTERM or SIGHUP ends the input and
// leaves `linger` for the rest; the second ends at once.
// Threading: one thread.
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "common/base/status.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/file_watcher.h"
#include "common/ingest/stdin_source.h"
#include "common/ingest/tail_source.h"
#include "oxingest/options.h"
#include "oxingest/progress.h"
#include "oxingest/sent_positions.h"
#include "oxingest/state_directory.h"
#include "oxingest/transport.h"

namespace ox {

class Ingest : private EventSink, private TransportOwner {
 public:
  // `state`: what IngestState::open() made for `options`. `progress` may be inactive. The
  // references must outlive the object.
  Ingest(const IngestOptions& options, IngestState& state, Signals& signals,
         ProgressLine& progress);

  // Runs to the end. True when all that was read is acknowledged; with --v3, sent. What is not, and
  // what else went wrong, was logged.
  bool run();

 private:
  Answer add(const IngestEvent& event) override;
  void input_dry() override;
  void room() override;
  void progressed() override;

  Status open_sources();
  Status follow(const FileSpec& file, SourceNumber number);
  void record_sent(bool all);
  EventSource& source();
  void check_soon();
  void check();
  void tick();
  void on_signal();
  void end(bool complete);
  void report_problem();
  Progress progress() const;

  const IngestOptions& options_;
  IngestState& state_;
  Signals& signals_;
  ProgressLine& progress_line_;
  EventLoop loop_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<FileWatcher> watcher_;
  // One of the two.
  std::unique_ptr<StdinSource> stdin_;
  std::unique_ptr<TailSource> files_;
  std::optional<SentPositions> sent_positions_;  // where positions are kept and nobody acknowledges

  LogLimiter limiter_;
  EventLoop::Id check_timer_ = 0;    // a check is due
  bool finishing_ = false;           // the sources have ended
  std::optional<MonoTime> give_up_;  // when the end is not waited for any longer
  int signals_seen_ = 0;
  EventLoop::Id give_up_timer_ = 0;
  std::uint64_t waiting_ = 0;  // events not acknowledged, when last looked at
  MonoTime problem_since_{-1};
  bool problem_told_ = false;
  bool complete_ = false;
};

}  // namespace ox
