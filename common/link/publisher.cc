#include "common/link/publisher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

constexpr Micros kChooseInterval = Millis(250);

}  // namespace

struct LinkPublisher::Route : LinkSenderOwner {
  Route(LinkPublisher& owner, zmq::context_t& context, const NodeIdentity& self,
        const Address& receiver, Metrics& metrics)
      : publisher(owner),
        sender(context, owner.loop_, self, receiver, *this, metrics, owner.options_.link) {}

  void released(std::size_t count) override { publisher.released(*this, count); }
  void link_changed() override { publisher.route_changed(*this); }
  bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) override {
    return publisher.rejected(*this, batch, reason, detail);
  }
  bool in_doubt_too_long(const BatchPtr& batch) override {
    return publisher.in_doubt_too_long(*this, batch);
  }

  void start() {
    running = true;
    started_at = Clock::system().mono();
    sender.start();
  }
  void stop() {
    running = false;
    sender.stop();
  }
  bool connected() const { return sender.state() == LinkState::kConnected; }
  Micros lost_for() const {
    return connected() ? Micros(0)
                       : Clock::system().mono() - std::max(started_at, sender.state_since());
  }

  LinkPublisher& publisher;
  LinkSender sender;
  bool running = false;
  MonoTime started_at{};
  std::deque<std::uint64_t> order;  // numbers of the batches in `sender`
};

LinkPublisher::LinkPublisher(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                             const std::vector<Address>& receivers, LinkPublisherOwner& owner,
                             Metrics& metrics, const Clock& clock,
                             const LinkPublisherOptions& options)
    : loop_(loop),
      clock_(clock),
      owner_(owner),
      options_(options),
      held_batches_counter_(metrics.counter("publish.held_batches")),
      held_events_counter_(metrics.counter("publish.held_events")),
      maybe_duplicated_(metrics.counter("publish.maybe_duplicated_events")),
      sealer_(options.sealing, clock, [this](BatchPtr batch) { sealed(std::move(batch)); }) {
  OX_CHECK(!receivers.empty());
  for (const Address& receiver : receivers)
    routes_.push_back(std::make_unique<Route>(*this, context, self, receiver, metrics));
}

LinkPublisher::~LinkPublisher() { stop(); }

LinkSender& LinkPublisher::active() const { return routes_[active_]->sender; }

void LinkPublisher::start() {
  if (std::exchange(running_, true)) return;
  routes_[active_]->start();
  if (routes_.size() > 1) choose_timer_ = loop_.call_every(kChooseInterval, [this] { choose(); });
}

void LinkPublisher::stop() {
  if (!std::exchange(running_, false)) return;
  for (const auto& route : routes_) route->stop();
  loop_.cancel(deadline_timer_);
  loop_.cancel(choose_timer_);
  deadline_timer_ = choose_timer_ = 0;
}

bool LinkPublisher::can_carry(std::string_view type, std::string_view host, std::size_t body_size) {
  return !type.empty() && type.size() <= kMaxNameBytes && host.size() <= kMaxNameBytes &&
         body_size <= kMaxEventBytes;
}

bool LinkPublisher::add(std::string_view type, std::string_view host, double end,
                        std::string_view body) {
  OX_CHECK(can_carry(type, host, body.size()));
  std::uint64_t bytes = body.size() + kEventOverhead;
  std::uint64_t used = memory_used();
  if (used > 0 && used + bytes > options_.memory_limit) {
    refused_ = true;
    return false;
  }
  sealer_.add(type, host, end, body);
  ++taken_;
  // Sealing it already has counted it.
  open_bytes_ = sealer_.waiting_events() == 0 ? 0 : open_bytes_ + bytes;
  arm();
  return true;
}

void LinkPublisher::input_dry() { sealer_.input_dry(); }

void LinkPublisher::flush() { sealer_.flush(); }

void LinkPublisher::sealed(BatchPtr batch) {
  open_bytes_ = 0;
  queue(std::move(batch));
}

bool LinkPublisher::can_publish(std::size_t bytes) const {
  return next_number_ == first_number_ + entries_.size() && active().can_give(bytes);
}

void LinkPublisher::publish(BatchPtr batch) {
  taken_ += batch->event_count();
  queue(std::move(batch));
}

void LinkPublisher::queue(BatchPtr batch) {
  Entry entry;
  entry.events = batch->event_count();
  entry.bytes = batch->bytes().size() + kLinkBatchOverhead;
  entry.batch = std::move(batch);
  used_ += entry.bytes;
  entries_.push_back(std::move(entry));
  pump();
}

void LinkPublisher::pump() {
  while (next_number_ < first_number_ + entries_.size()) {
    if (!active().can_give(entry(next_number_).batch->bytes().size())) return;
    give(*routes_[active_], next_number_++);
  }
}

void LinkPublisher::give(Route& route, std::uint64_t number) {
  route.order.push_back(number);
  route.sender.give(entry(number).batch);
}

void LinkPublisher::released(Route& route, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    done(entry(route.order.front()));
    route.order.pop_front();
  }
  settle(count);
}

bool LinkPublisher::rejected(const Route& route, const BatchPtr& batch, RejectReason reason,
                             const std::string& detail) {
  if (owner_.refused(*batch, reason, detail)) return true;  // released() follows
  held_reason_ = std::string(reject_reason_name(reason));
  if (!detail.empty()) held_reason_ += ": " + detail;
  hold(route, batch, "they were refused: " + held_reason_);
  return true;  // released() follows; the entry keeps the batch
}

bool LinkPublisher::in_doubt_too_long(const Route& route, const BatchPtr& batch) {
  if (owner_.in_doubt_too_long(*batch)) return true;
  held_reason_ = "in doubt for too long to be sent again";
  hold(route, batch, "they were " + held_reason_);
  return true;
}

void LinkPublisher::hold(const Route& route, const BatchPtr& batch, const std::string& why) {
  auto number = std::find_if(route.order.begin(), route.order.end(),
                             [&](std::uint64_t given) { return entry(given).batch == batch; });
  OX_CHECK(number != route.order.end());
  Entry& kept = entry(*number);
  kept.held = true;
  held_batches_counter_.add();
  held_events_counter_.add(kept.events);
  limiter_.warn("held", fmt::format("{} events are held: {}", kept.events, why));
}

void LinkPublisher::done(Entry& entry) {
  entry.done = true;
  if (entry.held) return;
  used_ -= entry.bytes;
  entry.batch.reset();
}

// `count` batches more came to their end.
void LinkPublisher::settle(std::size_t count) {
  std::uint64_t before = settled_;
  while (!entries_.empty() && entries_.front().done) {
    Entry& front = entries_.front();
    settled_ += front.events;
    if (front.held) {
      held_events_ += front.events;
      held_.push_back(std::move(front.batch));
    }
    entries_.pop_front();
    ++first_number_;
  }
  for (std::size_t i = 0; i < count; ++i) sealer_.settled();
  pump();
  if (settled_ > before) owner_.settled();
  // A good part of the memory at once, not one event at a time.
  bool roomy = memory_used() <= options_.memory_limit / 4 * 3 || entries_.empty();
  if (refused_ && roomy) {
    refused_ = false;
    owner_.room();
  }
}

// Sealing while nobody is there would only make many small batches: it waits for the link. Memory
// is bounded all the same.
void LinkPublisher::arm() {
  if (deadline_timer_ != 0 || state() != LinkState::kConnected) return;
  std::optional<MonoTime> deadline = sealer_.deadline();
  if (!deadline) return;
  Micros left = std::max(*deadline - clock_.mono(), Micros(0));
  deadline_timer_ = loop_.call_after(left, [this] {
    deadline_timer_ = 0;
    if (state() == LinkState::kConnected) sealer_.on_deadline();
    arm();
  });
}

void LinkPublisher::route_changed(Route& route) {
  if (&route != routes_[active_].get()) return;  // choose() looks at it soon enough
  pump();
  arm();
  owner_.link_changed();
}

// Runs on a timer, not where a sender tells of a change: it stops senders.
void LinkPublisher::choose() {
  auto connected = [](const auto& route) { return route->running && route->connected(); };
  auto best = std::find_if(routes_.begin(), routes_.end(), connected);
  if (best == routes_.end()) {
    auto given_up = [this](const auto& route) {
      return !route->running || route->lost_for() >= options_.failover_after;
    };
    auto next = std::find_if(routes_.begin(), routes_.end(),
                             [](const auto& route) { return !route->running; });
    if (next != routes_.end() && std::all_of(routes_.begin(), routes_.end(), given_up))
      (*next)->start();
    return;
  }
  auto index = static_cast<std::size_t>(best - routes_.begin());
  bool lost = routes_[active_]->lost_for() >= options_.failover_after;
  if (index < active_ || (index > active_ && lost)) {
    active_ = index;
    log_info("events go to {} now", target().to_string());
    route_changed(**best);
  }
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Route& route = *routes_[i];
    if (i == active_ || !route.running) continue;
    if (!route.order.empty() && route.lost_for() >= options_.failover_after)
      move_batches(route, *routes_[active_]);
    if (i > active_ && route.order.empty() && routes_[active_]->connected()) route.stop();
  }
}

void LinkPublisher::move_batches(Route& from, Route& to) {
  std::vector<LinkSender::Unacked> unacked = from.sender.take_unacked();
  std::deque<std::uint64_t> order = std::exchange(from.order, {});
  std::size_t ended = 0;
  auto it = unacked.begin();
  for (std::uint64_t number : order) {
    if (it == unacked.end() || it->batch != entry(number).batch) {
      // Acknowledged behind one that was not.
      done(entry(number));
      ++ended;
      continue;
    }
    if (it->sent) maybe_duplicated_.add(entry(number).events);
    give(to, number);
    ++it;
  }
  settle(ended);
}

}  // namespace ox
