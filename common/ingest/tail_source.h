#pragma once
// All followed files of a process on an EventLoop: polls the tails whose files changed, in turns,
// and every one of them each poll interval (a quarter of a second at most where nothing can be
// watched).
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/file_system.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/file_tail.h"

namespace ox {

class TailSource : public EventSource {
 public:
  // All references must outlive the source; so must `watcher`, whose fd() is watched on the loop.
  TailSource(EventLoop& loop, FileSystem& fs, const Clock& clock, FileWatcher& watcher,
             EventSink& sink, TailOptions options);
  ~TailSource() override;

  // Before start(). Follows a file from its end, or from a position recorded earlier. The number
  // returned is IngestEvent::source of its events: 0, 1, ... in the order of these calls.
  // Errors as FileTail::start_at_end() and start_at().
  Result<SourceNumber> add(const FileSpec& spec);
  Result<SourceNumber> add(const FileSpec& spec, const FilePosition& from);
  void start();

  void resume() override;
  // A last look at every file, then finished(). A last line without LF stays in its file.
  void stop() override;
  bool finished() const override { return finished_; }

  const std::vector<std::unique_ptr<FileTail>>& tails() const { return tails_; }

 private:
  void changed();
  void tick();
  void schedule();
  void turn();

  EventLoop& loop_;
  FileWatcher& watcher_;
  TailShared shared_;
  std::vector<std::unique_ptr<FileTail>> tails_;
  std::set<SourceNumber> dirty_;  // have something new, or may have
  SourceNumber last_ = 0;         // whose turn it was: the next goes first, for fairness
  bool full_ = false;             // the sink is; nothing is read until resume()
  bool started_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  EventLoop::Id watch_ = 0;
  EventLoop::Id tick_timer_ = 0;
  EventLoop::Id turn_timer_ = 0;  // 0: no turn is due
};

}  // namespace ox
