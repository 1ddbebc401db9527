#include "oxview/http_view.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "common/base/event_loop.h"
#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/ports_line.h"
#include "common/ingest/front/http_front.h"
#include "common/ingest/front/ingest_apis.h"
#include "common/ingest/live/link_feed.h"
#include "common/read/node_watch.h"
#include "common/read/read_apis.h"
#include "common/read/read_context.h"
#include "common/read/scan_pool.h"

namespace ox {
namespace {

// For requests at hand when the program is to end, and for what they brought to be acknowledged.
constexpr Millis kDrain = Seconds(2);
constexpr Micros kLinger = Seconds(5);

// The APIs that read and, perhaps, those that take events, on one server.
class HttpView {
 public:
  explicit HttpView(const HttpViewOptions& options) : options_(options) {}
  ~HttpView() {
    if (stopper_.joinable()) stopper_.join();
    // The gate answers what is left, and those who asked are still there to hear it.
    if (front_) front_->stop(Millis(0));
    if (ingest_) ingest_->stop();
    feed_.reset();
    front_.reset();
  }

  Status open();
  void run(Signals& signals, Signals& reload);

 private:
  Status ready() const;
  Status open_ingest();
  void on_signal(Signals& signals);

  const HttpViewOptions& options_;
  FileSystem& fs_ = FileSystem::real();
  EventLoop loop_;
  Metrics metrics_;
  std::unique_ptr<LinkFeed> feed_;  // with --ingest, as the next
  std::unique_ptr<IngestApis> ingest_;
  std::optional<ReadContext> context_;
  std::unique_ptr<ScanPool> scans_;
  std::unique_ptr<TailHub> tails_;
  std::unique_ptr<NodeWatch> nodes_;  // with nodes to be asked
  std::unique_ptr<HttpFront> front_;
  std::thread stopper_;
};

Status HttpView::ready() const {
  OX_RETURN_IF_ERROR(fs_.info(options_.log_path).status());
  std::string problem = feed_ ? feed_->problem() : std::string();
  return problem.empty() ? ok_status() : Status(Code::kUnavailable, problem);
}

Status HttpView::open() {
  // Whether it is a directory that can be read is to be known now.
  if (auto listed = fs_.list(options_.log_path); !listed.ok())
    return Status(Code::kInvalid, listed.status().message());
  HttpFront::Setup setup;
  setup.apis = read_api_accesses();
  if (!options_.ingest.empty())
    for (Api api : ingest_api_accesses())
      if (std::find(setup.apis.begin(), setup.apis.end(), api) == setup.apis.end())
        setup.apis.push_back(api);
  setup.metrics_prefix = "oxview_";
  setup.ready = [this] { return ready(); };
  OX_ASSIGN_OR_RETURN(front_, HttpFront::open(options_, std::move(setup), metrics_));
  ScanPoolOptions scanning;
  scanning.threads = static_cast<std::size_t>(options_.scan_threads);
  scanning.deadline = options_.query_timeout;
  scans_ = std::make_unique<ScanPool>(scanning, Clock::system(), metrics_);
  tails_ = std::make_unique<TailHub>(TailHubOptions(), Clock::system(), metrics_);
  context_.emplace(ReadContext{.fs = fs_,
                               .directory = options_.log_path,
                               .auth = front_->auth(),
                               .slow_lane = front_->slow_lane(),
                               .scans = *scans_,
                               .metrics = metrics_,
                               .clock = Clock::system(),
                               .types = options_.shown_types});
  context_->tails = tails_.get();
  if (!options_.nodes.empty())
    nodes_ = std::make_unique<NodeWatch>(NodeWatchOptions{.nodes = options_.nodes}, Clock::system(),
                                         metrics_);
  context_->nodes = nodes_.get();
  context_->variable = [this](const char* name) { return front_->variable(name); };
  for (const HttpListenerSpec& spec : options_.listeners) context_->profiles.insert(spec.profile);
  for (const ReadApi& api : read_apis()) api.mount(front_->router(), *context_);
  OX_RETURN_IF_ERROR(context_->configuration);
  if (!options_.ingest.empty()) OX_RETURN_IF_ERROR(open_ingest());
  return front_->listen();
}

Status HttpView::open_ingest() {
  LinkFeedOptions link;
  link.hosts = options_.ingest;
  link.node_name = host_name();
  link.program = "oxview";
  feed_ = std::make_unique<LinkFeed>(loop_, link, metrics_);
  IngestApiSetup setup{.http = options_,
                       .record_ids = options_.record_ids_of(link.hosts.front().address),
                       .node_name = link.node_name};
  OX_ASSIGN_OR_RETURN(ingest_, IngestApis::mount(*front_, setup, feed_->gate(), metrics_));
  return ok_status();
}

void HttpView::on_signal(Signals& signals) {
  bool any = false;
  while (signals.take() != 0) any = true;
  if (!any) return;
  if (stopper_.joinable()) return loop_.stop();  // the second one does not wait
  // What reads log files now may be at it for long; events that are on their way need the loop.
  stopper_ = std::thread([this] {
    scans_->stop();
    tails_->stop();
    if (nodes_) nodes_->stop();
    front_->stop(kDrain);
    loop_.post([this] {
      if (!feed_) return loop_.stop();
      ingest_->stop();
      feed_->stop(kLinger, [this] { loop_.stop(); });
    });
  });
}

void HttpView::run(Signals& signals, Signals& reload) {
  loop_.watch_fd(signals.fd(), kReadable, [&] { on_signal(signals); });
  loop_.watch_fd(reload.fd(), kReadable, [&] {
    while (reload.take() != 0) front_->reload();
  });
  if (feed_) {
    feed_->start();
    ingest_->start();
  }
  if (Status status = front_->start(); !status.ok()) log_error("{}", status.message());
  if (options_.print_ports) {
    std::fputs(ports_line(front_->ports()).c_str(), stdout);
    std::fflush(stdout);
  }
  loop_.run();
  if (feed_)
    if (std::string loss = feed_->loss(); !loss.empty()) log_error("{}", loss);
}

}  // namespace

Status serve_http(const HttpViewOptions& options, Signals& signals) {
  Signals reload({SIGHUP});
  HttpView view(options);
  OX_RETURN_IF_ERROR(view.open());
  view.run(signals, reload);
  return ok_status();
}

}  // namespace ox
