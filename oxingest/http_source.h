#pragma once
// Events over HTTP as a source of a channel. The requests run on the server's threads; everything
// here on the loop's.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/event_sink.h"
#include "common/ingest/front/http_front.h"
#include "common/ingest/front/ingest_apis.h"
#include "oxingest/options.h"

namespace ox {

class HttpSource : public EventSource {
 public:
  // Loads what authentication needs, and listens; nobody is answered before start(). `ended` is
  // called on the loop when stop() is through. The references must outlive the source, the gate
  // included. Errors: a wrong configuration (kInvalid, ...), an address in use (kIo).
  static Result<std::unique_ptr<HttpSource>> open(EventLoop& loop, const IngestOptions& options,
                                                  EventGate& gate, Metrics& metrics,
                                                  std::function<std::string()> problem,
                                                  std::function<void()> ended);
  ~HttpSource() override;

  void start();
  // Reads the files of users, tokens and secrets again (SIGHUP); what was stays when they are wrong.
  void reload();

  // EventSource: stop() lets requests at hand finish within --linger; they still come to the gate.
  void resume() override {}
  void stop() override;
  bool finished() const override { return finished_; }
  // Ends the server at once: no request comes to the gate any more. What its requests are answered
  // with from then on goes nowhere, but until the source is destroyed they may still be answered.
  void halt();

  // Where it listens, for --print-ports: "http", "http_pbu", ..., a second one of a kind "http_2".
  std::vector<std::pair<std::string, std::string>> ports() const;

 private:
  HttpSource(EventLoop& loop, const IngestOptions& options, std::function<void()> ended);

  EventLoop& loop_;
  const std::function<void()> ended_;
  const Millis linger_;
  std::unique_ptr<IngestApis> apis_;
  std::unique_ptr<HttpFront> front_;
  std::thread stopper_;
  bool finished_ = false;
};

}  // namespace ox
