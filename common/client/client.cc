#include "common/client/client.h"

#include <cstdlib>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "common/base/address.h"
#include "common/base/uuid.h"
#include "common/client/client_targets.h"
#include "common/client/event_body.h"
#include "common/client/network_sink.h"
#include "proto/batch.h"

namespace ox {
namespace {

std::atomic<Client*> g_instance{nullptr};

}  // namespace

struct Client::Session {
  ClientOptions options;
  std::string host;
  bool inheritable = true;  // a child may open one like it
  std::unique_ptr<ClientSink> sink;
  std::atomic<std::uint64_t> submitted{0};
  std::atomic<std::uint64_t> overflowed{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> bodies_replaced{0};
};

Client::Client() : pid_(static_cast<std::uint64_t>(::getpid())) {}

Client& Client::instance() {
  // Never destroyed: contexts may end while the program does.
  static const bool kMade = [] {
    g_instance = new Client();
    ::pthread_atfork(prepare_fork, in_parent, in_child);
    return true;
  }();
  (void)kMade;
  return *g_instance.load(std::memory_order_acquire);
}

void Client::prepare_fork() { g_instance.load()->mu_.lock(); }
void Client::in_parent() { g_instance.load()->mu_.unlock(); }

// The old one stays as it is, locked: its threads are not here, and whatever they held is in no
// order.
void Client::in_child() {
  Client& old = *g_instance.load();
  auto* fresh = new Client();
  fresh->before_fork_ = &old;
  if (old.session_ && old.session_->inheritable) {
    fresh->inherited_ = old.session_->options;
  } else {
    fresh->inherited_ = old.inherited_;
  }
  fresh->configured_ = fresh->inherited_.has_value();
  g_instance.store(fresh, std::memory_order_release);
}

void Client::at_exit() { instance().shutdown(std::nullopt); }

// Without its sink.
Result<std::shared_ptr<Client::Session>> Client::prepare(const ClientOptions& options) {
  auto session = std::make_shared<Session>();
  session->options = options;
  session->host = options.host_name.empty() ? ox::host_name() : options.host_name;
  if (session->host.size() > kMaxNameBytes)
    return Status(Code::kInvalid, "host_name: it has more than 255 bytes");
  if (options.linger.count() < 0) return Status(Code::kInvalid, "linger: it is negative");
  if (options.queue_events == 0) return Status(Code::kInvalid, "queue_events: it is 0");
  return session;
}

Status Client::configure(const ClientOptions& options) {
  OX_ASSIGN_OR_RETURN(std::shared_ptr<Session> session, prepare(options));
  OX_ASSIGN_OR_RETURN(ClientTargets targets, ClientTargets::parse(options.address));
  if (targets.off()) {
    replace(nullptr);
    return ok_status();
  }
  OX_ASSIGN_OR_RETURN(session->sink, NetworkSink::open(targets, session->host, options));
  // A child goes where we go, whatever its environment says then.
  session->options.address = targets.to_string();
  replace(std::move(session));
  return ok_status();
}

Status Client::configure_sink(std::unique_ptr<ClientSink> sink, const ClientOptions& options) {
  if (sink == nullptr) return Status(Code::kInvalid, "there is no sink");
  OX_ASSIGN_OR_RETURN(std::shared_ptr<Session> session, prepare(options));
  session->sink = std::move(sink);
  session->inheritable = false;
  replace(std::move(session));
  return ok_status();
}

void Client::replace(std::shared_ptr<Session> session) {
  static const bool kRegistered = std::atexit(at_exit) == 0;
  (void)kRegistered;
  std::lock_guard changing(changing_);
  std::shared_ptr<Session> old;
  {
    std::lock_guard lock(mu_);
    old = std::exchange(session_, std::move(session));
    ended_.reset();
    inherited_.reset();
    configured_ = session_ != nullptr;
  }
  if (old) old->sink->shutdown(old->options.linger);
}

bool Client::shutdown(std::optional<std::chrono::milliseconds> linger) {
  std::lock_guard changing(changing_);
  std::shared_ptr<Session> old;
  {
    std::lock_guard lock(mu_);
    old = std::exchange(session_, nullptr);
    inherited_.reset();
    configured_ = false;
    if (!old) return true;
    ended_ = old;
  }
  old->sink->shutdown(linger.value_or(old->options.linger));
  return old->sink->stats().lost == 0;
}

std::shared_ptr<Client::Session> Client::session() {
  std::lock_guard lock(mu_);
  if (session_ || !inherited_) return session_;
  ClientOptions options = *std::exchange(inherited_, std::nullopt);
  auto targets = ClientTargets::parse(options.address);
  auto opened = prepare(options);
  if (targets.ok() && opened.ok()) {
    auto sink = NetworkSink::open(*targets, (*opened)->host, options);
    if (sink.ok()) {
      session_ = std::move(*opened);
      session_->sink = std::move(*sink);
    }
  }
  configured_ = session_ != nullptr;
  return session_;
}

ClientStats Client::stats() const {
  ClientStats out;
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(mu_);
    session = session_ ? session_ : ended_;
    out.misuses = misuses_;
    out.last_misuse = last_misuse_;
  }
  if (!session) return out;
  SinkStats sink = session->sink->stats();
  out.submitted = session->submitted;
  out.sent = sink.sent;
  out.queued_events = sink.queued_events;
  out.queued_bytes = sink.queued_bytes;
  out.overflowed = session->overflowed;
  out.refused = session->refused + sink.refused;
  out.lost_at_shutdown = sink.lost;
  out.bodies_replaced = session->bodies_replaced;
  out.problem = std::move(sink.problem);
  return out;
}

double Client::draw() const {
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(mu_);
    session = session_;
  }
  if (session && session->options.random) return session->options.random();
  return static_cast<double>(random_u64() >> 11U) * 0x1p-53;
}

void Client::submit(std::string_view type, const Value& id, double start, double end,
                    const Value& body) {
  std::shared_ptr<Session> to = session();
  if (!to) return;
  bool replaced = false;
  ClientEvent event;
  event.type = type;
  event.host = to->host;
  event.end = end;
  event.body = encode_event({id, type, to->host, pid_, start, end, body}, &replaced);
  if (replaced) ++to->bodies_replaced;
  ++to->submitted;
  switch (to->sink->submit(std::move(event))) {
    case SubmitResult::kTaken:
      break;
    case SubmitResult::kFull:
      ++to->overflowed;
      break;
    case SubmitResult::kRefused:
      ++to->refused;
      break;
  }
}

void Client::misused(std::string what) {
  std::lock_guard lock(mu_);
  ++misuses_;
  last_misuse_ = std::move(what);
}

// The public functions

static bool tell(const Status& status, std::string* error) {
  if (error != nullptr) *error = status.message();
  return status.ok();
}

bool configure(const ClientOptions& options, std::string* error) {
  return tell(Client::instance().configure(options), error);
}

bool configure(const std::string& address, std::string* error) {
  ClientOptions options;
  options.address = address;
  return configure(options, error);
}

bool configure_sink(std::unique_ptr<ClientSink> sink, const ClientOptions& options,
                    std::string* error) {
  return tell(Client::instance().configure_sink(std::move(sink), options), error);
}

bool shutdown() { return Client::instance().shutdown(std::nullopt); }
bool shutdown(std::chrono::milliseconds linger) { return Client::instance().shutdown(linger); }
bool configured() { return Client::instance().configured(); }
ClientStats stats() { return Client::instance().stats(); }

ClientSink::~ClientSink() = default;

}  // namespace ox
