#include "common/read/tail_hub.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "common/base/log.h"
#include "common/base/thread.h"

namespace ox {
namespace {

constexpr std::size_t kTailPiece = 64 << 10;
// Looking takes no more than this part of the time, however many clients and files there are.
constexpr int kTailShareOfTime = 2;

}  // namespace

TailHub::TailHub(const TailHubOptions& options, const Clock& clock, Metrics& metrics)
    : options_(options),
      clock_(clock),
      opened_(metrics.counter("tails.opened")),
      refused_(metrics.counter("tails.refused")),
      thread_(start_thread("tails", [this] { serve(); })) {}

TailHub::~TailHub() { stop(); }

bool TailHub::enter() {
  if (!ending_) {
    if (open_.fetch_add(1) < options_.most) {
      opened_.add();
      return true;
    }
    open_.fetch_sub(1);
  }
  refused_.add();
  return false;
}

void TailHub::leave() { open_.fetch_sub(1); }

void TailHub::add(std::unique_ptr<TailFeed> feed, HttpStream stream) {
  auto wake = [this] {
    std::lock_guard lock(mu_);
    woken_ = true;
    changed_.notify_all();
  };
  auto tail = std::make_unique<Tail>(Tail{std::move(feed), std::move(stream), clock_.mono()});
  tail->stream.write(": tail\n\n");
  // Not with the hub's lock: the callback takes it with the stream's.
  tail->stream.on_change(wake);
  {
    std::lock_guard lock(mu_);
    added_.push_back(std::move(tail));
  }
  wake();
}

void TailHub::stop() {
  {
    std::lock_guard lock(mu_);
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  // Not with the lock, which a stream's callback takes.
  std::vector<std::unique_ptr<Tail>> added;
  {
    std::lock_guard lock(mu_);
    added.swap(added_);
  }
  for (auto& tail : added) tail->stream.end();
}

TailHub::Turn TailHub::turn(Tail& tail) {
  HttpStream& stream = tail.stream;
  if (!stream.wanted()) return Turn::kOver;
  if (stream.ending() || ending_) {
    stream.end();
    return Turn::kOver;
  }
  if (!stream.has_room()) return Turn::kIdle;
  const MonoTime now = clock_.mono();
  const MonoTime until = now + options_.slice;
  std::string piece;
  auto done = tail.feed->fill(piece, kTailPiece, [&] { return !ending_ && clock_.mono() < until; });
  if (!done.ok()) {
    log_warning("{}", done.status().message());
    return Turn::kOver;  // which cuts the stream: the client comes again
  }
  if (piece.empty() && now - tail.written >= options_.heartbeat) piece = ": still here\n\n";
  if (!piece.empty()) {
    stream.write(std::move(piece));
    tail.written = now;
  }
  return *done ? Turn::kIdle : Turn::kMore;
}

void TailHub::serve() {
  while (!ending_) {
    const MonoTime began = clock_.mono();
    bool more = false;
    for (auto& tail : tails_) {
      const Turn turned = turn(*tail);
      more = more || turned == Turn::kMore;
      if (turned != Turn::kOver) continue;
      tail.reset();
      leave();
    }
    std::erase(tails_, nullptr);
    const auto took = std::chrono::duration_cast<Micros>(clock_.mono() - began);
    std::unique_lock lock(mu_);
    if (!more)
      changed_.wait_for(lock, std::max(options_.beat, took * kTailShareOfTime),
                        [this] { return ending_ || woken_; });
    woken_ = false;
    std::move(added_.begin(), added_.end(), std::back_inserter(tails_));
    added_.clear();
  }
  for (auto& tail : tails_) tail->stream.end();
  tails_.clear();
}

}  // namespace ox
