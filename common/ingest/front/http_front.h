#pragma once
// The HTTP server of a program: its listeners, who may use them, and the paths that every server of
// ours has (/livez, /readyz, /metrics). The program mounts its APIs on router() between open() and
// listen().
// Threading: one thread, but for what its parts say; the handlers run on the server's threads.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/auth/auth_store.h"
#include "common/http/http_router.h"
#include "common/http/http_server.h"
#include "common/ingest/api/pbu/env_file.h"
#include "common/ingest/api/slow_lane.h"
#include "common/ingest/front/listener_options.h"

namespace ox {

class HttpFront {
 public:
  struct Setup {
    std::vector<Api> apis;          // that will be mounted, as authentication knows them
    std::string metrics_prefix;     // "oxingest_"
    std::function<Status()> ready;  // for /readyz; called on the server's threads
  };

  // Loads the users, tokens and secrets, and the file `.env` that PBU's server reads; says the
  // warnings on the log. `metrics` must outlive the front. Error: a wrong configuration (kInvalid).
  static Result<std::unique_ptr<HttpFront>> open(const ListenerOptions& options, Setup setup,
                                                 Metrics& metrics);
  // The server goes first, before what its handlers use: but what was mounted must outlive it, too.
  ~HttpFront();

  HttpRouter& router() { return router_; }
  AuthStore& auth() { return *auth_; }
  SlowLane& slow_lane() { return slow_lane_; }
  const std::function<Status()>& ready() const { return ready_; }
  // Of the environment or, where that has none, of `.env`.
  std::optional<std::string> variable(const char* name) const;

  // Binds the listeners; nobody is answered before start(). Errors: kInvalid, kExists, kIo.
  Status listen();
  Status start() { return server_->start(); }
  // Reads the files of users, tokens and secrets again (SIGHUP); what was stays when they are wrong.
  void reload();
  // HttpServer::stop(): blocks. Before listen() there is nothing to stop.
  void stop(Millis drain) {
    if (server_) server_->stop(drain);
  }

  // Where it listens, for --print-ports: "http", "http_pbu", ..., a second one of a kind "http_2".
  std::vector<std::pair<std::string, std::string>> ports() const;

 private:
  HttpFront(const ListenerOptions& options, Metrics& metrics)
      : options_(options), metrics_(metrics) {}

  const ListenerOptions options_;
  Metrics& metrics_;
  std::function<Status()> ready_;
  EnvFile env_;
  SlowLane slow_lane_;
  std::unique_ptr<AuthStore> auth_;
  HttpRouter router_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace ox
