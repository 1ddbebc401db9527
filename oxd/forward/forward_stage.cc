#include "oxd/forward/forward_stage.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "common/base/thread.h"

namespace ox {

static constexpr Micros kForwardTick = Millis(200);

ForwardStage::ForwardStage(zmq::context_t& context, const NodeIdentity& self, Spool& spool,
                           SentMarks& sent_marks, DeadLetters* dead_letters, Metrics& metrics,
                           const ForwardOptions& options)
    : context_(context),
      self_(self),
      spool_(spool),
      sent_marks_(sent_marks),
      dead_letters_(dead_letters),
      metrics_(metrics),
      options_(options),
      acked_events_(metrics.counter("forward.events")),
      maybe_duplicated_(metrics.counter("forward.maybe_duplicated_events")),
      skipped_events_(metrics.counter("forward.skipped_events")),
      optional_(options.optional) {
  // Before the intake takes anything, so that nothing is released before we have read it.
  if (!options_.targets.empty()) open_cursor(true);
}

ForwardStage::~ForwardStage() { stop(Micros(0)); }

void ForwardStage::start() {
  thread_ = start_thread("forward", [this] {
    apply_targets(options_.targets);
    loop_.run();
  });
}

void ForwardStage::stop(Micros linger) {
  if (!thread_.joinable()) return;
  loop_.post([this, linger] {
    for (auto& entry : entries_) entry->forwarder->stop(linger);
    owner_ = nullptr;
    entries_.clear();
    loop_.cancel(timer_);
  });
  loop_.stop();
  thread_.join();
}

void ForwardStage::open_cursor(bool at_start) {
  bool goes_on = spool_.parked_cursors().contains(options_.cursor_name) ||
                 (at_start && !options_.start && !spool_.recovered_checkpoint().has_value());
  Position start = options_.start.value_or(spool_.end());
  auto cursor = spool_.add_cursor(options_.cursor_name, [this] {
    // One wake-up for all that is committed before we have looked.
    if (pump_posted_.exchange(true)) return;
    loop_.post([this] {
      pump_posted_ = false;
      pump();
    });
  });
  if (!goes_on) {
    start = std::max(cursor->released(), std::min(start, spool_.end()));
    cursor->release(start);
    cursor->seek(start);
  }
  std::lock_guard lock(mu_);
  cursor->set_optional(optional_);
  cursor_ = std::move(cursor);
  passed_over_ = 0;
}

void ForwardStage::set_optional(bool optional) {
  std::lock_guard lock(mu_);
  optional_ = optional;
  if (cursor_) cursor_->set_optional(optional);
}

void ForwardStage::count_skipped(std::uint64_t events) {
  skipped_ += events;
  skipped_events_.add(events);
}

void ForwardStage::note_skipped() {
  if (!cursor_ || cursor_->passed_over_events() == passed_over_) return;
  std::uint64_t events = cursor_->passed_over_events() - passed_over_;
  passed_over_ += events;
  count_skipped(events);
  limiter_.warn("skipped", fmt::format("forward: the spool is full: the optional {} misses {} "
                                       "events, {} so far",
                                       options_.targets.front().name, events, skipped_));
}

void ForwardStage::close_cursor_when_idle() {
  if (!entries_.empty() || !cursor_ || !items_.empty() || cursor_->pending_events() > 0) return;
  std::unique_ptr<Cursor> cursor;
  {
    std::lock_guard lock(mu_);
    cursor = std::move(cursor_);
  }
  cursor.reset();
  (void)spool_.discard_cursor(options_.cursor_name);
}

void ForwardStage::apply_targets(const std::vector<Target>& targets) {
  std::vector<std::unique_ptr<Entry>> former = std::move(entries_);
  entries_.clear();
  for (const Target& target : targets) {
    auto same = std::find_if(former.begin(), former.end(), [&](const auto& entry) {
      return entry && entry->forwarder->target().same_as(target);
    });
    if (same != former.end()) {
      (*same)->leaving = false;
      entries_.push_back(std::move(*same));
      continue;
    }
    auto entry = std::make_unique<Entry>();
    entry->forwarder = make_forwarder(context_, loop_, self_, target, *this, metrics_, sent_marks_);
    entries_.push_back(std::move(entry));
    entries_.back()->forwarder->start();
  }
  for (auto& entry : former) {
    if (!entry) continue;
    entry->leaving = true;
    entries_.push_back(std::move(entry));
  }
  if (!targets.empty() && !cursor_) open_cursor(false);
  // Not on a node that forwards to nobody: one that idles sleeps.
  if (!targets.empty() && timer_ == 0) timer_ = loop_.call_every(kForwardTick, [this] { tick(); });
  choose_owner();
  update_downstream();
  pump();
}

void ForwardStage::tick() {
  note_skipped();
  choose_owner();
  pump();
}

void ForwardStage::set_targets(const std::vector<Target>& targets) {
  loop_.call([&] { apply_targets(targets); });
}

std::vector<Target> ForwardStage::targets() {
  return loop_.call([this] {
    std::vector<Target> targets;
    for (const auto& entry : entries_)
      if (!entry->leaving) targets.push_back(entry->forwarder->target());
    for (Target& target : targets) target.optional = optional_;
    return targets;
  });
}

ForwardStage::Entry* ForwardStage::entry_of(const Forwarder& forwarder) {
  for (auto& entry : entries_)
    if (entry->forwarder.get() == &forwarder) return entry.get();
  return nullptr;
}

void ForwardStage::choose_owner() {
  std::vector<TargetPresence> present;
  std::vector<Entry*> listed;
  std::optional<std::size_t> owner;
  for (auto& entry : entries_) {
    if (entry->leaving) continue;
    if (entry.get() == owner_) owner = listed.size();
    listed.push_back(entry.get());
    present.push_back({entry->forwarder->connected(), entry->forwarder->since()});
  }
  auto chosen = choose_target(present, owner, Clock::system().mono(), options_.patience);
  Entry* next = chosen ? listed[*chosen] : nullptr;
  // A target that was taken off the list is not waited for.
  bool in_doubt =
      owner_ != nullptr && !owner_->leaving && given_ > 0 && !owner_->forwarder->connected();
  if (in_doubt && options_.in_doubt == InDoubt::kWait) next = owner_;
  if (next == owner_) {
    drain_since_.reset();
  } else if (owner_ == nullptr || drain_owner()) {
    change_owner(next);
  }
  remove_left();
}

bool ForwardStage::drain_owner() {
  if (given_ == 0 || !owner_->forwarder->connected()) return true;
  MonoTime now = Clock::system().mono();
  if (!drain_since_) drain_since_ = now;
  return now - *drain_since_ > options_.drain_patience;
}

void ForwardStage::change_owner(Entry* next) {
  if (owner_ != nullptr) {
    in_doubt_ += owner_->forwarder->take_back();
    given_ = 0;
  }
  drain_since_.reset();
  owner_ = next;
  if (owner_ == nullptr) return;
  if (in_doubt_ > 0) {
    owner_->maybe_duplicated += in_doubt_;
    maybe_duplicated_.add(in_doubt_);
    log_warning("forward: {} events that a former target may have go to {} as well", in_doubt_,
                owner_->forwarder->target().name);
    in_doubt_ = 0;
  }
  log_info("forward: batches go to {}", owner_->forwarder->target().name);
  pump();
}

void ForwardStage::remove_left() {
  auto left = [this](const std::unique_ptr<Entry>& entry) {
    if (!entry->leaving || entry.get() == owner_) return false;
    entry->forwarder->stop(Seconds(5));
    return true;
  };
  // Not from inside a callback of the forwarder that goes: its stack must unwind first.
  if (std::any_of(entries_.begin(), entries_.end(),
                  [&](const auto& entry) { return entry->leaving && entry.get() != owner_; })) {
    loop_.call_after(Micros(0), [this, left] {
      std::erase_if(entries_, left);
      update_downstream();
      close_cursor_when_idle();
    });
  }
}

bool ForwardStage::next_items() {
  auto record = cursor_->next();
  if (!record.ok()) {
    limiter_.warn("read", fmt::format("forward: {}", record.status().message()));
    return record.status().code() == Code::kCorrupt;  // it stands behind the damage
  }
  if (!*record) return false;
  Position end = (*record)->end;
  RecordPlace place{(*record)->position, end};
  if (!split_) {
    items_.push_back({(*record)->batch, place, end});
    return true;
  }
  for (BatchPtr& part : split_(**record)) items_.push_back({std::move(part), place, 0});
  // Nothing in it for us, or its last part: then the record is done with all that is before it.
  if (items_.empty()) {
    cursor_->release(end);
  } else {
    items_.back().release_to = end;
  }
  return true;
}

void ForwardStage::pump() {
  if (!cursor_) return;
  while (owner_ != nullptr && !owner_->leaving && !drain_since_) {
    if (given_ == items_.size()) {
      // What is not fetched may still be dropped when the spool is full.
      if (!owner_->forwarder->ready() || !next_items()) return;
      continue;
    }
    const Item& item = items_[given_];
    if (!owner_->forwarder->can_give(*item.batch)) return;
    ++given_;
    owner_->forwarder->give(item.batch, item.place);
  }
}

void ForwardStage::released(Forwarder& forwarder, std::size_t count) {
  Entry* entry = entry_of(forwarder);
  if (entry == nullptr || entry != owner_) return;
  count = std::min(count, given_);
  if (count == 0) return;
  std::uint64_t events = 0;
  Position end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    events += items_.front().batch->event_count();
    end = std::max(end, items_.front().release_to);
    items_.pop_front();
  }
  given_ -= count;
  entry->acked_events += events;
  acked_events_.add(events);
  if (end != 0) cursor_->release(end);
}

void ForwardStage::changed(Forwarder&) {
  choose_owner();
  update_downstream();
  pump();
}

bool ForwardStage::rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) {
  std::string what = fmt::format("batch {}/{} with {} events is refused ({}{}{})",
                                 batch->id().run.to_string(), batch->id().seq, batch->event_count(),
                                 reject_reason_name(reason), detail.empty() ? "" : ": ", detail);
  if (dead_letters_ != nullptr) {
    if (keep_dead_letter(*batch, reject_reason_name(reason), what)) return true;
  } else if (upstream_ && upstream_(batch->id(), reason, detail)) {
    metrics_.counter("forward.refused_upstream_batches").add();
    log_error("forward: {}; whoever sent it is told so", what);
    return true;
  }
  return skip_or_hold(*batch, what);
}

bool ForwardStage::in_doubt_too_long(const BatchPtr& batch) {
  metrics_.counter("forward.in_doubt_too_long_events").add(batch->event_count());
  std::string what = fmt::format(
      "batch {}/{} with {} events was sent weeks ago, and nobody knows of an acknowledgement: the "
      "target may have it, and have forgotten that",
      batch->id().run.to_string(), batch->id().seq, batch->event_count());
  if (dead_letters_ != nullptr && keep_dead_letter(*batch, "in_doubt_too_long", what)) return true;
  return skip_or_hold(*batch, what);
}

bool ForwardStage::keep_dead_letter(const Batch& batch, std::string_view reason,
                                    const std::string& what) {
  Status kept = dead_letters_->keep(batch, reason);
  if (!kept.ok()) {
    log_error("forward: a dead letter could not be kept: {}", kept.message());
    return false;
  }
  metrics_.counter("forward.dead_letter_batches").add();
  metrics_.counter("forward.dead_letter_events").add(batch.event_count());
  log_error("forward: {}; it is kept in {}", what, dead_letters_->directory());
  return true;
}

// True when it was skipped.
bool ForwardStage::skip_or_hold(const Batch& batch, const std::string& what) {
  if (optional_) {
    count_skipped(batch.event_count());
    log_error("forward: {}; it is skipped, as the output is optional", what);
    return true;
  }
  metrics_.counter("forward.held_batches").add();
  log_error("forward: {}, and held: without --dead-letter-path nothing can be done with it", what);
  return false;
}

void ForwardStage::update_downstream() {
  std::vector<Uuid> nodes;
  for (auto& entry : entries_)
    for (const Uuid& node : entry->forwarder->reaches())
      if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  {
    std::lock_guard lock(mu_);
    if (nodes == downstream_) return;
    downstream_ = nodes;
  }
  for (auto& entry : entries_) entry->forwarder->set_downstream(nodes);
}

std::vector<Uuid> ForwardStage::downstream() const {
  std::lock_guard lock(mu_);
  return downstream_;
}

bool ForwardStage::active() const {
  std::lock_guard lock(mu_);
  return cursor_ != nullptr;
}

Position ForwardStage::released() const {
  std::lock_guard lock(mu_);
  return cursor_ ? cursor_->released() : std::numeric_limits<Position>::max();
}

std::vector<ForwardFigures> ForwardStage::status() {
  return loop_.call([this] {
    note_skipped();
    std::vector<ForwardFigures> all;
    ForwardFigures* next = nullptr;  // the one that gets what waits
    all.reserve(entries_.size() + 1);
    for (const auto& entry : entries_) {
      if (entry->leaving) continue;
      ForwarderState state = entry->forwarder->state();
      ForwardFigures& figures = all.emplace_back();
      figures.target = entry->forwarder->target();
      figures.target.optional = optional_;
      figures.skipped_events = skipped_;
      figures.owner = entry.get() == owner_;
      bool idle = !figures.owner && state.state == "connected";
      figures.state = idle ? "standby" : state.state;
      figures.reason = state.reason;
      figures.in_flight_bytes = state.in_flight_bytes;
      figures.acked_events = entry->acked_events;
      figures.maybe_duplicated = entry->maybe_duplicated;
      figures.ack_meaning = state.ack_meaning;
      figures.peer_name = state.peer_name;
      figures.peer_id = state.peer_id;
      if (figures.owner || next == nullptr) next = &figures;
    }
    if (cursor_ && next == nullptr && cursor_->pending_events() > 0) {
      next = &all.emplace_back();
      next->state = "failed";
      next->reason = "no target is left for what waits";
    }
    if (cursor_ && next != nullptr) {
      next->pending_events = cursor_->pending_events();
      next->pending_bytes = cursor_->pending_bytes();
      next->oldest_pending = cursor_->oldest_pending();
    }
    return all;
  });
}

}  // namespace ox
