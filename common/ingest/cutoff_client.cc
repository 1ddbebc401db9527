#include "common/ingest/cutoff_client.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/base/thread.h"

namespace ox {
namespace {

constexpr Micros kLookAtRetention = Seconds(1);

// What a peer wrote, for people: one line, no control characters.
std::string printable_reason(std::string_view text) {
  std::string out(text.substr(0, 300));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace

CutoffClient::CutoffClient(zmq::context_t& context, const Address& authority,
                           std::vector<RetentionRule> retention, Metrics& metrics,
                           const Clock& clock)
    : context_(context),
      authority_(authority),
      clock_(clock),
      asked_count_(metrics.counter("cutoffs.asked")),
      failed_(metrics.counter("cutoffs.failed")) {
  for (RetentionRule& rule : retention) {
    retention_.emplace_back();
    retention_.back().rule = std::move(rule);
  }
  unanswered_ = retention_.size();
}

CutoffClient::~CutoffClient() { stop(); }

void CutoffClient::start() {
  {
    std::lock_guard lock(mu_);
    running_ = true;
  }
  if (!retention_.empty()) {
    loop_.post([this] { look(); });
    loop_.call_every(kLookAtRetention, [this] { look(); });
  }
  thread_ = start_thread("cutoffs", [this] { loop_.run(); });
}

bool CutoffClient::wait_applied(Millis timeout) {
  std::unique_lock lock(mu_);
  changed_.wait_for(lock, timeout, [this] { return unanswered_ == 0 || !running_; });
  return unanswered_ == 0;
}

void CutoffClient::stop() {
  {
    std::lock_guard lock(mu_);
    running_ = false;
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  loop_.post([this] {
    while (!asked_.empty()) settle(asked_.begin(), Status(Code::kUnavailable, "the program stops"));
    loop_.stop();
  });
  thread_.join();
}

void CutoffClient::ask(const CutoffRequest& request, Done done) {
  {
    std::lock_guard lock(mu_);
    if (running_) {
      loop_.post(
          [this, request, done = std::move(done)]() mutable { send(request, std::move(done)); });
      return;
    }
  }
  done(Status(Code::kUnavailable, "the program stops"));
}

void CutoffClient::send(const CutoffRequest& request, Done done) {
  asked_count_.add();
  asked_.push_back({std::move(done), ControlExchange(context_, authority_)});
  auto asked = std::prev(asked_.end());
  if (Status sent = asked->exchange.send(encode_cutoff_request(request)); !sent.ok())
    return settle(asked, sent);
  asked->watch = loop_.watch_socket(asked->exchange.handle(), kReadable, [this, asked] {
    auto reply = asked->exchange.take();
    if (!reply) return;
    if (!reply->ok()) return settle(asked, reply->status());
    settle(asked, decode_cutoff_reply((*reply)->map()));
  });
  asked->deadline = loop_.call_after(kCutoffTimeout, [this, asked] {
    settle(asked, Status(Code::kUnavailable,
                         fmt::format("no answer within {}", format_duration(kCutoffTimeout))));
  });
}

void CutoffClient::settle(std::list<Asked>::iterator asked, const Result<CutoffReply>& reply) {
  if (asked->watch != 0) loop_.unwatch(asked->watch);
  if (asked->deadline != 0) loop_.cancel(asked->deadline);
  Done done = std::move(asked->done);
  asked_.erase(asked);
  Result<CutoffReply> told = reply;
  if (!told.ok()) told = told.status().at(authority_.to_string());
  if (told.ok()) told->error = printable_reason(told->error);
  if (!told.ok() || !told->error.empty()) failed_.add();
  done(told);
}

// --- Retention -----------------------------------------------------------------------------------

void CutoffClient::look() {
  for (Kept& kept : retention_)
    if (kept.schedule.due(clock_.wall(), clock_.mono())) apply(kept);
}

void CutoffClient::apply(Kept& kept) {
  kept.schedule.tried(clock_.mono() + kCutoffTimeout + kLookAtRetention);
  send(kept.rule.request(clock_.wall()),
       [this, &kept](const Result<CutoffReply>& reply) { applied(kept, reply); });
}

void CutoffClient::applied(Kept& kept, const Result<CutoffReply>& reply) {
  std::string problem = !reply.ok()            ? reply.status().message()
                        : reply->error.empty() ? ""
                                               : authority_.to_string() + ": " + reply->error;
  const bool unsupported = reply.ok() && reply->unsupported;
  if (problem.empty() || unsupported) {
    // A node without log files will have none until it is started again: that is asked for
    // tomorrow.
    kept.schedule.done(clock_.wall());
  } else {
    kept.schedule.failed(clock_.mono());
  }
  if (problem != kept.problem) {
    if (problem.empty()) {
      log_warning("{}: the collector applies it again", kept.rule.variable);
    } else {
      log_warning("{}={} is not applied: {}", kept.rule.variable, kept.rule.days, problem);
    }
  }
  kept.problem = std::move(problem);
  if (!reply.ok() || std::exchange(kept.answered, true)) return;
  {
    std::lock_guard lock(mu_);
    --unanswered_;
  }
  changed_.notify_all();
}

}  // namespace ox
