#include "oxingest/http_source.h"

#include <utility>

#include "common/base/log.h"

namespace ox {

HttpSource::HttpSource(EventLoop& loop, const IngestOptions& options, std::function<void()> ended)
    : loop_(loop),
      ended_(std::move(ended)),
      linger_(std::chrono::duration_cast<Millis>(options.linger)) {}

HttpSource::~HttpSource() {
  if (stopper_.joinable()) stopper_.join();
  front_.reset();  // the server, before what its handlers use
}

Result<std::unique_ptr<HttpSource>> HttpSource::open(EventLoop& loop, const IngestOptions& options,
                                                     EventGate& gate, Metrics& metrics,
                                                     std::function<std::string()> problem,
                                                     std::function<void()> ended) {
  std::unique_ptr<HttpSource> source(new HttpSource(loop, options, std::move(ended)));
  HttpFront::Setup setup;
  setup.apis = ingest_api_accesses();
  setup.metrics_prefix = "oxingest_";
  setup.ready = [problem = std::move(problem)] {
    std::string text = problem();
    return text.empty() ? ok_status() : Status(Code::kUnavailable, text);
  };
  OX_ASSIGN_OR_RETURN(source->front_, HttpFront::open(options.http, std::move(setup), metrics));
  OX_ASSIGN_OR_RETURN(
      source->apis_,
      IngestApis::mount(*source->front_,
                        {.http = options.http,
                         .record_ids = options.http.record_ids_of(options.hosts.front().address),
                         .node_name = options.node_name,
                         .max_event_bytes = options.max_event_size},
                        gate, metrics));
  OX_RETURN_IF_ERROR(source->front_->listen());
  return source;
}

void HttpSource::start() {
  apis_->start();
  if (Status status = front_->start(); !status.ok()) log_error("{}", status.message());
}

void HttpSource::reload() { front_->reload(); }

void HttpSource::stop() {
  if (stopper_.joinable() || finished_) return;
  // The requests at hand need the loop for their answers.
  stopper_ = std::thread([this] {
    front_->stop(linger_);
    loop_.post([this] {
      finished_ = true;
      ended_();
    });
  });
}

void HttpSource::halt() {
  if (stopper_.joinable()) stopper_.join();
  front_->stop(Millis(0));
  apis_->stop();  // those who wait for it are still there to hear it
}

std::vector<std::pair<std::string, std::string>> HttpSource::ports() const {
  return front_->ports();
}

}  // namespace ox
