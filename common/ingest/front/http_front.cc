#include "common/ingest/front/http_front.h"

#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/http/status_handlers.h"

namespace ox {
namespace {

// What PBU's server reads its settings from beside the environment, which goes first.
constexpr const char* kEnvFile = ".env";

AuthStore::Scope auth_scope(const ListenerOptions& options, std::vector<Api> apis) {
  AuthStore::Scope scope;
  for (const HttpListenerSpec& spec : options.listeners)
    scope.listeners.push_back({spec.address, spec.tls});
  scope.apis = std::move(apis);
  scope.insecure = options.insecure;
  return scope;
}

}  // namespace

HttpFront::~HttpFront() { server_.reset(); }

std::optional<std::string> HttpFront::variable(const char* name) const {
  const char* value = std::getenv(name);
  return value == nullptr ? env_.find(name) : std::string(value);
}

Result<std::unique_ptr<HttpFront>> HttpFront::open(const ListenerOptions& options, Setup setup,
                                                   Metrics& metrics) {
  std::unique_ptr<HttpFront> front(new HttpFront(options, metrics));
  auto env = EnvFile::load(FileSystem::real(), kEnvFile);
  if (!env.ok()) return Status(Code::kInvalid, env.status().message());
  for (const std::string& complaint : env->complaints())
    log_warning("{}: {}: it is left out", kEnvFile, complaint);
  front->env_ = std::move(*env);
  AuthSettings settings = AuthSettings::from_environment();
  settings.pbu_token = front->variable("AUTH_TOKEN").value_or("");
  if (!options.user_file.empty()) settings.user_file = options.user_file;
  if (!options.token_file.empty()) settings.token_file = options.token_file;
  auto auth = AuthStore::open(std::move(settings), auth_scope(options, std::move(setup.apis)),
                              FileSystem::real(), Clock::system());
  // Whatever it is, the configuration is to be put right.
  if (!auth.ok()) return Status(Code::kInvalid, auth.status().message());
  front->auth_ = std::move(*auth);
  for (const std::string& warning : front->auth_->warnings()) log_warning("{}", warning);
  front->ready_ = std::move(setup.ready);
  front->router_.mount()
      .add("GET", "/livez", livez_handler())
      .add("GET", "/readyz", readyz_handler(front->ready_))
      .add("GET", "/metrics", metrics_handler(metrics, setup.metrics_prefix));
  return front;
}

Status HttpFront::listen() {
  HttpServerOptions server;
  for (const HttpListenerSpec& spec : options_.listeners) {
    HttpListenerOptions listener{.address = spec.address, .profile = spec.profile};
    if (spec.tls) {
      listener.tls_certificate_file = options_.tls_certificate_file;
      listener.tls_key_file = options_.tls_key_file;
    }
    server.listeners.push_back(std::move(listener));
  }
  OX_ASSIGN_OR_RETURN(server_, HttpServer::open(std::move(server), router_.handler(), metrics_));
  return ok_status();
}

void HttpFront::reload() {
  Status status = auth_->reload();
  if (!status.ok()) log_error("{}: what was loaded before stays", status.message());
}

std::vector<std::pair<std::string, std::string>> HttpFront::ports() const {
  std::vector<std::pair<std::string, std::string>> out;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
    const HttpListenerSpec& spec = options_.listeners[i];
    std::string key = spec.profile.empty() ? "http" : "http_" + spec.profile;
    int count = ++seen[key];
    if (count > 1) key += fmt::format("_{}", count);
    out.emplace_back(key, server_->bound_address(i).to_string());
  }
  return out;
}

}  // namespace ox
