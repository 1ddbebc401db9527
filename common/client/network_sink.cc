#include "common/client/network_sink.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "common/base/unique_fd.h"
#include "common/client/link_client_transport.h"
#include "common/client/push_client_transport.h"

namespace ox {
namespace {

// An EventLoop takes it for granted that there are descriptors; an application may have none left.
bool descriptors_left() {
  UniqueFd fds[4];
  for (UniqueFd& fd : fds) {
    fd.reset(::eventfd(0, EFD_CLOEXEC));
    if (!fd.valid()) return false;
  }
  return true;
}

// While one lives, new threads get no signals: those are the application's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Result<std::unique_ptr<ClientSink>> NetworkSink::open(const ClientTargets& targets,
                                                      const std::string& host,
                                                      const ClientOptions& options) {
  NetworkSinkParts parts;
  parts.queue_events = options.queue_events;
  parts.queue_bytes = options.queue_bytes;
  if (targets.kind == Target::Kind::kBlueox) {
    if (host.size() > PushClientTransport::kLongestName)
      return Status(Code::kInvalid, "host_name: it has more than 64 bytes, too many for blueox://");
    parts.can_carry = PushClientTransport::can_carry;
    parts.transport = [collect = targets.addresses.front()](EventLoop& loop,
                                                            ClientTransportOwner& owner) {
      return std::make_unique<PushClientTransport>(loop, collect, owner);
    };
  } else {
    parts.can_carry = LinkClientTransport::can_carry;
    // The queue sets the bound; this one only makes sure of it, batches' overhead included.
    std::uint64_t limit = 2 * static_cast<std::uint64_t>(options.queue_bytes) + (64U << 20);
    parts.transport = [targets, host, limit](EventLoop& loop, ClientTransportOwner& owner) {
      return std::make_unique<LinkClientTransport>(loop, targets.addresses, host, limit, owner);
    };
  }
  return open(std::move(parts));
}

Result<std::unique_ptr<ClientSink>> NetworkSink::open(NetworkSinkParts parts) {
  if (!descriptors_left()) return Status(Code::kUnavailable, "there are no descriptors left");
  std::unique_ptr<NetworkSink> sink(new NetworkSink(std::move(parts)));
  try {
    SignalsBlocked blocked;
    sink->thread_ = std::thread([self = sink.get()] { self->run(); });
  } catch (const std::system_error& error) {
    return Status(Code::kUnavailable, fmt::format("cannot start a thread: {}", error.what()));
  }
  return std::unique_ptr<ClientSink>(std::move(sink));
}

NetworkSink::NetworkSink(NetworkSinkParts parts)
    : parts_(std::move(parts)), queue_(parts_.queue_events, parts_.queue_bytes) {}

NetworkSink::~NetworkSink() { shutdown(std::chrono::milliseconds(0)); }

SubmitResult NetworkSink::submit(ClientEvent event) {
  if (!parts_.can_carry(event)) return SubmitResult::kRefused;
  bool first = false;
  SubmitResult result = queue_.push(std::move(event), first);
  if (first) loop_.post([this] { drain(); });
  return result;
}

SinkStats NetworkSink::stats() const {
  SinkStats out;
  {
    std::lock_guard lock(mu_);
    out = figures_;
  }
  out.queued_events = queue_.events();
  out.queued_bytes = queue_.bytes();
  return out;
}

void NetworkSink::shutdown(std::chrono::milliseconds linger) {
  if (!thread_.joinable()) return;
  queue_.close();
  finish_by_ = Clock::system().mono() + linger;
  ending_ = true;
  loop_.post([this] { finish(); });
  thread_.join();
}

void NetworkSink::run() {
  ::pthread_setname_np(::pthread_self(), "oxd-client");
  loop_.post([this] { begin(); });
  while (!finished_) {
    try {
      loop_.run();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }
  transport_.reset();
}

void NetworkSink::begin() {
  if (finished_) return;
  transport_ = parts_.transport(loop_, *this);
  transport_->start();
  drain();
}

void NetworkSink::drain() {
  for (ClientEvent& event : queue_.take()) pending_.push_back(std::move(event));
  if (!transport_ || finished_) return;
  while (!pending_.empty() && transport_->add(pending_.front())) {
    handed_.push_back(EventQueue::cost(pending_.front()));
    pending_.pop_front();
  }
  if (pending_.empty()) transport_->input_dry();
  if (finishing_) transport_->flush();
  progressed();
}

void NetworkSink::progressed() {
  settle();
  finish_when_empty();
}

void NetworkSink::settle() {
  if (!transport_) return;
  std::uint64_t events = transport_->settled_events() - settled_;
  std::uint64_t refused = transport_->refused_events() - refused_;
  settled_ += events;
  refused_ += refused;
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < events; ++i) {
    bytes += handed_.front();
    handed_.pop_front();
  }
  {
    std::lock_guard lock(mu_);
    figures_.sent += events - refused;
    figures_.refused += refused;
    figures_.problem = transport_->problem();
  }
  if (events > 0) queue_.settle(events, bytes);
}

// Handlers that were due may be forgotten now; nothing depends on them.
void NetworkSink::fail(const std::string& why) {
  std::uint64_t bytes = 0;
  for (std::uint64_t each : handed_) bytes += each;
  queue_.settle(handed_.size(), bytes);
  {
    std::lock_guard lock(mu_);
    figures_.lost += handed_.size();
    figures_.problem = fmt::format("the connection failed: {}", why);
  }
  handed_.clear();
  settled_ = refused_ = 0;
  transport_.reset();
  if (ending_) {
    end();
  } else {
    loop_.call_after(parts_.retry_after, [this] { begin(); });
  }
}

void NetworkSink::finish() {
  if (finishing_ || finished_) return;
  finishing_ = true;
  drain();
  finish_when_empty();
  loop_.call_after(std::max(finish_by_ - Clock::system().mono(), Micros(0)), [this] { end(); });
}

// Not at once: this may be called by the transport, and end() stops that.
void NetworkSink::finish_when_empty() {
  if (finishing_ && queue_.events() == 0) loop_.post([this] { end(); });
}

void NetworkSink::end() {
  if (finished_) return;
  std::uint64_t in_doubt = 0;
  if (transport_) {
    settle();
    in_doubt = transport_->stop(std::max(finish_by_ - Clock::system().mono(), Micros(0)));
  }
  std::uint64_t left = queue_.events();
  {
    std::lock_guard lock(mu_);
    figures_.sent -= in_doubt;
    figures_.lost += left + in_doubt;
    if (left + in_doubt == 0) figures_.problem.clear();
  }
  queue_.settle(left, queue_.bytes());
  finished_ = true;
  loop_.stop();
}

}  // namespace ox
