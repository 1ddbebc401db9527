#pragma once
// A byte stream as events, one for each line: pipe, terminal, socket or file on a descriptor. Empty
// lines are events, too; so is a last line without LF.
// The descriptor's flags stay as they are (O_NONBLOCK on a terminal would be felt by the shell that
// shares it): one read for each time it is readable does not block.
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/status.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/line_buffer.h"
#include "common/ingest/line_event.h"

namespace ox {

struct StdinOptions {
  std::string type;
  std::string host;
  std::size_t max_line = 1024 * 1024;  // longer lines come in pieces (line_buffer.h)
};

class StdinSource : public EventSource {
 public:
  // `fd` is not owned. The references must outlive the source.
  StdinSource(EventLoop& loop, const Clock& clock, EventSink& sink, int fd, StdinOptions options);
  ~StdinSource() override;

  void start();

  void resume() override;
  // Reads no more; what was read is handed over, an incomplete last line as well.
  void stop() override;
  bool finished() const override { return finished_; }

  // Why reading ended: ok() at the end of the input and after stop().
  const Status& status() const { return status_; }
  std::uint64_t events() const { return events_; }
  // Events that are a part of a line over the limit.
  std::uint64_t pieces() const { return pieces_; }

 private:
  void read_some();
  void hand_over();
  bool offer(const LineBuffer::Line& line);
  void end_input(Status status);

  EventLoop& loop_;
  const Clock& clock_;
  EventSink& sink_;
  int fd_;
  LineBuffer lines_;
  LineEventEncoder encoder_;
  EventLoop::Id watch_ = 0;
  std::string read_buffer_;
  std::string body_;
  bool at_end_ = false;  // nothing more is read; what waits in lines_ is still to go
  bool finished_ = false;
  Status status_;
  std::uint64_t events_ = 0;
  std::uint64_t pieces_ = 0;
};

}  // namespace ox
