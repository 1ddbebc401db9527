#include "common/http/http_server.h"

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/http/acceptor.h"
#include "common/http/io_loop.h"
#include "common/http/server_state.h"
#include "common/http/tls_context.h"

namespace ox {
namespace {

Status check(const HttpServerOptions& options) {
  auto invalid = [](std::string_view what) { return Status(Code::kInvalid, std::string(what)); };
  if (options.threads < 1) return invalid("HTTP needs at least one I/O thread");
  if (options.limits.header_bytes < 128) return invalid("HTTP headers need at least 128 bytes");
  if (options.limits.pipeline < 1) return invalid("HTTP's pipeline must hold at least one request");
  for (const HttpListenerOptions& listener : options.listeners)
    if (listener.tls_certificate_file.empty() != listener.tls_key_file.empty())
      return invalid(fmt::format("HTTP on {}: TLS needs both a certificate and a key",
                                 listener.address.to_string()));
  return ok_status();
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler, Metrics& metrics)
      : state_(std::move(options), std::move(handler), metrics), metrics_(metrics) {
    for (int i = 0; i < state_.options.threads; ++i)
      loops_.push_back(std::make_unique<IoLoop>(state_));
    state_.on_closed = [this] { on_closed(); };
    metrics_.gauge("http.connections.open",
                   [this] { return static_cast<double>(state_.connections.load()); });
  }

  ~Impl() {
    stop(Millis(0));
    metrics_.remove_gauge("http.connections.open");
  }

  Status listen() {
    std::vector<std::shared_ptr<TlsContext>> contexts;
    for (const HttpListenerOptions& listener : state_.options.listeners) {
      contexts.push_back(nullptr);
      if (listener.tls_certificate_file.empty()) continue;
      OX_ASSIGN_OR_RETURN(contexts.back(),
                          TlsContext::load(listener.tls_certificate_file, listener.tls_key_file));
    }
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      OX_ASSIGN_OR_RETURN(auto acceptor,
                          Acceptor::open(state_.options.listeners[i], contexts[i], loops_));
      acceptors_.push_back(std::move(acceptor));
    }
    return ok_status();
  }

  Status start() {
    if (std::exchange(started_, true)) return Status(Code::kInvalid, "HTTP was started already");
    for (auto& acceptor : acceptors_) acceptor->start();
    for (auto& loop : loops_) loop->start();
    return ok_status();
  }

  void stop(Millis drain) {
    if (std::exchange(stopped_, true)) return;
    if (started_) {
      loops_.front()->post([this] {
        for (auto& acceptor : acceptors_) acceptor->stop();
        // Behind the connections that were handed over last.
        for (auto& loop : loops_) loop->post([&l = *loop] { l.drain(); });
        std::lock_guard lock(mu_);
        accepting_ended_ = true;
        drained_.notify_all();
      });
      auto deadline = std::chrono::steady_clock::now() + drain;
      std::unique_lock lock(mu_);
      drained_.wait_until(lock, deadline, [this] { return accepting_ended_ && none_left(); });
    }
    for (auto& loop : loops_) loop->stop();
    for (auto& loop : loops_) loop->join();
  }

  Address bound_address(std::size_t index) const { return acceptors_.at(index)->bound_address(); }
  std::size_t open_connections() const { return state_.connections; }

 private:
  bool none_left() const { return state_.connections == 0; }

  // On any I/O thread.
  void on_closed() {
    if (state_.connections + 1 >= state_.options.limits.connections && !acceptors_.empty())
      loops_.front()->post([this] {
        for (auto& acceptor : acceptors_) acceptor->go_on();
      });
    std::lock_guard lock(mu_);
    if (accepting_ended_ && none_left()) drained_.notify_all();
  }

  ServerState state_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<IoLoop>> loops_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
  bool started_ = false;
  bool stopped_ = false;

  std::mutex mu_;
  std::condition_variable drained_;
  bool accepting_ended_ = false;  // guarded by mu_: every connection there will be is counted
};

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpServerOptions options, HttpHandler handler,
                                                     Metrics& metrics) {
  OX_RETURN_IF_ERROR(check(options));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), metrics);
  OX_RETURN_IF_ERROR(impl->listen());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Address HttpServer::bound_address(std::size_t index) const { return impl_->bound_address(index); }
Status HttpServer::start() { return impl_->start(); }
void HttpServer::stop(Millis drain) { impl_->stop(drain); }
std::size_t HttpServer::open_connections() const { return impl_->open_connections(); }

}  // namespace ox
