#pragma once
// Events from protocols that are no HTTP: a server for each kind that is asked for, with a thread
// of its own. Everything here happens on the loop's thread.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/stream/stream_server.h"
#include "oxingest/options.h"

namespace ox {

class StreamSource : public EventSource {
 public:
  // Binds all listeners; nothing is read before start(). `ended` is called on the loop when stop()
  // is through. The references must outlive the source. Errors: as StreamServer's.
  static Result<std::unique_ptr<StreamSource>> open(EventLoop& loop, const IngestOptions& options,
                                                    EventGate& gate, Metrics& metrics,
                                                    std::function<void()> ended);
  ~StreamSource() override;

  void start();

  // EventSource: stop() hands on what has arrived; it still comes to the gate.
  void resume() override {}
  void stop() override;
  bool finished() const override { return stopping_ && running_ == 0; }
  // Ends the servers at once: nothing comes to the gate any more.
  void halt();

  // Where it listens, for --print-ports: "syslog_udp", ..., a second one of a kind "syslog_udp_2".
  const std::vector<std::pair<std::string, std::string>>& ports() const { return ports_; }

 private:
  StreamSource(EventLoop& loop, std::function<void()> ended);
  Status add(const StreamSpec& spec, const IngestOptions& options, EventGate& gate,
             Metrics& metrics);

  EventLoop& loop_;
  const std::function<void()> ended_;
  std::vector<std::pair<const StreamKind*, std::unique_ptr<StreamServer>>> servers_;
  std::vector<std::pair<std::string, std::string>> ports_;
  std::map<const StreamKind*, int> numbers_;  // of listeners
  // Servers post to the loop that they have stopped, perhaps after this has gone.
  const std::shared_ptr<StreamSource*> self_;
  bool stopping_ = false;
  std::size_t running_ = 0;
};

}  // namespace ox
