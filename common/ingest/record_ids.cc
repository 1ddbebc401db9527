#include "common/ingest/record_ids.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/base/thread.h"

namespace ox {
namespace {

// Looking whether a lease is halfway over; one that is used up sooner is noticed by take().
constexpr Micros kLookInterval = Seconds(1);
constexpr Micros kFirstRetry = Millis(500);
constexpr Micros kLongestRetry = Seconds(15);
// Between requests that were answered well.
constexpr Micros kPause = Millis(50);
constexpr Micros kReleaseTimeout = Seconds(1);

// What a peer wrote, for people: one line, no control characters.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 300));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace

RecordIds::RecordIds(zmq::context_t& context, const Address& authority, Metrics& metrics,
                     std::uint32_t lanes)
    : context_(context),
      authority_(authority),
      clock_(Clock::system()),
      leases_(metrics.counter("record_ids.leases")),
      failures_(metrics.counter("record_ids.failures")),
      unavailable_(metrics.counter("record_ids.unavailable")),
      went_back_(metrics.counter("record_ids.went_back")),
      cursor_(lanes),
      problem_(authority.to_string() + " has not answered yet") {}

RecordIds::~RecordIds() { stop(); }

void RecordIds::start() {
  loop_.post([this] { check(); });
  loop_.call_every(kLookInterval, [this] { check(); });
  thread_ = start_thread("record ids", [this] { loop_.run(); });
}

void RecordIds::stop() {
  {
    std::lock_guard lock(mu_);
    if (ended_) return;
    ended_ = true;
    problem_ = "the program stops";
    cursor_.end();
  }
  ready_.notify_all();
  if (!thread_.joinable()) return;
  loop_.post([this] { begin_stop(); });
  thread_.join();
}

Result<std::uint64_t> RecordIds::take(std::uint32_t n) {
  if (n < 1 || n > kRecordBlock)
    return Status(Code::kInvalid,
                  fmt::format("{} record ids at once: 1 to {} are to be had", n, kRecordBlock));
  std::lock_guard lock(mu_);
  const MonoTime now = clock_.mono();
  auto first = cursor_.take(n, now);
  if (!ended_ && !poked_ && now >= not_before_ && cursor_.wants_renewal(now)) {
    poked_ = true;
    loop_.post([this] { check(); });
  }
  if (first) return *first;
  unavailable_.add();
  return Status(Code::kUnavailable,
                "no record ids: " + (problem_.empty() ? "more are on their way" : problem_));
}

bool RecordIds::wait_ready(Millis timeout) {
  std::unique_lock lock(mu_);
  ready_.wait_for(lock, timeout, [this] { return ended_ || cursor_.lease().has_value(); });
  return cursor_.lease().has_value();
}

bool RecordIds::first_of_all() const {
  std::lock_guard lock(mu_);
  return first_of_all_;
}

std::string RecordIds::problem() const {
  std::lock_guard lock(mu_);
  return problem_;
}

// --- The thread ----------------------------------------------------------------------------------

void RecordIds::check() {
  if (exchange_ || stopping_) return;
  std::optional<RecordIdRequest> request;
  {
    std::lock_guard lock(mu_);
    poked_ = false;
    const MonoTime now = clock_.mono();
    if (!ended_ && now >= not_before_ && cursor_.wants_renewal(now)) {
      request = cursor_.request(now);
      poked_ = true;
    }
  }
  if (request) {
    send(*request);
  } else if (!releases_.empty()) {
    RecordIdRequest release = releases_.back();
    releases_.pop_back();
    send(release);
  }
}

void RecordIds::send(const RecordIdRequest& request) {
  asks_for_lease_ = request.lanes > 0;
  exchange_.emplace(context_, authority_);
  if (Status sent = exchange_->send(encode_record_id_request(request)); !sent.ok()) {
    failed(sent.message());
    return;
  }
  watch_ = loop_.watch_socket(exchange_->handle(), kReadable, [this] { on_readable(); });
  deadline_ = loop_.call_after(kControlTimeout, [this] {
    failed(fmt::format("{} did not answer within {}", authority_.to_string(),
                       format_duration(kControlTimeout)));
  });
}

void RecordIds::end_exchange() {
  if (watch_ != 0) loop_.unwatch(watch_);
  if (deadline_ != 0) loop_.cancel(deadline_);
  watch_ = 0;
  deadline_ = 0;
  exchange_.reset();
}

void RecordIds::on_readable() {
  auto reply = exchange_->take();
  if (!reply) return;
  end_exchange();
  answered(*reply);
}

void RecordIds::answered(const Result<ControlReply>& reply) {
  const std::string peer = authority_.to_string();
  if (!reply.ok()) return failed(fmt::format("{}: {}", peer, reply.status().message()));
  if (auto error = reply->error())
    return failed(fmt::format("{} refuses: {}", peer, printable(*error)));
  auto answer = decode_record_id_reply(reply->map());
  if (!answer.ok()) return failed(fmt::format("{}: {}", peer, answer.status().message()));
  if (asks_for_lease_) {
    granted(*answer);
  } else if (stopping_) {
    begin_stop();
  } else {
    check();
  }
}

void RecordIds::granted(const RecordIdReply& reply) {
  bool useful = false;
  {
    std::lock_guard lock(mu_);
    if (!ended_) {
      std::uint64_t before = cursor_.went_back();
      useful = cursor_.granted(reply, clock_.mono());
      went_back_.add(cursor_.went_back() - before);
      for (const RecordIdRequest& release : cursor_.take_releases()) releases_.push_back(release);
    }
    if (useful) {
      first_of_all_ = first_of_all_ || reply.first;
      problem_.clear();
      not_before_ = clock_.mono() + kPause;
      poked_ = false;
    }
  }
  if (!useful) return failed(authority_.to_string() + " leases no more than it did");
  leases_.add();
  retry_after_ = {};
  if (failing_) log_warning("record ids: {} leases them again", authority_.to_string());
  failing_ = false;
  ready_.notify_all();
  loop_.post([this] { check(); });  // for what is to be released
}

void RecordIds::failed(const std::string& why) {
  end_exchange();
  if (stopping_) return loop_.stop();
  retry_after_ = std::clamp(retry_after_ * 2, kFirstRetry, kLongestRetry);
  failures_.add();
  bool news = false;
  {
    std::lock_guard lock(mu_);
    if (asks_for_lease_ && !ended_) {
      news = problem_ != why;
      problem_ = why;
      not_before_ = clock_.mono() + retry_after_;
      poked_ = false;
    }
  }
  if (news) {
    log_warning("record ids: {}", why);
    failing_ = true;
  }
  loop_.call_after(retry_after_, [this] { check(); });
}

// Releases what there is, one after the other.
void RecordIds::begin_stop() {
  if (!stopping_) {
    stopping_ = true;
    end_exchange();
    {
      std::lock_guard lock(mu_);
      for (const RecordIdRequest& release : cursor_.take_releases()) releases_.push_back(release);
    }
    loop_.call_after(kReleaseTimeout, [this] {
      end_exchange();
      loop_.stop();
    });
  }
  if (releases_.empty()) return loop_.stop();
  RecordIdRequest release = releases_.back();
  releases_.pop_back();
  send(release);
}

}  // namespace ox
