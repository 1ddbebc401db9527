#include "common/ingest/live/link_feed.h"

#include <utility>

namespace ox {
namespace {

constexpr Micros kFeedTick = Millis(250);

}  // namespace

LinkFeed::LinkFeed(EventLoop& loop, const LinkFeedOptions& options, Metrics& metrics)
    : loop_(loop),
      transport_(loop, options, *this, metrics),
      gate_(loop, transport_, metrics, Clock::system()) {}

LinkFeed::~LinkFeed() { loop_.cancel(tick_); }

void LinkFeed::start() {
  transport_.start();
  tick_ = loop_.call_every(kFeedTick, [this] {
    {
      std::lock_guard lock(mu_);
      problem_ = transport_.problem();
    }
    end_when_drained();
  });
}

std::string LinkFeed::problem() const {
  std::lock_guard lock(mu_);
  return problem_;
}

void LinkFeed::progressed() {
  gate_.progressed();
  end_when_drained();
}

void LinkFeed::stop(Micros linger, std::function<void()> ended) {
  ended_ = std::move(ended);
  give_up_ = Clock::system().mono() + linger;
  gate_.stop();
  end_when_drained();
}

void LinkFeed::end_when_drained() {
  if (!ended_) return;
  if (gate_.finished() && !std::exchange(finishing_, true)) transport_.finish();
  const bool drained = finishing_ && transport_.drained();
  if (drained || Clock::system().mono() >= give_up_) std::exchange(ended_, nullptr)();
}

}  // namespace ox
