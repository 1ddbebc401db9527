#include "common/ingest/live/group_queue.h"

#include <utility>

namespace ox {

static constexpr Micros kDeadlineTick = Millis(200);

GroupQueue::GroupQueue(EventLoop& loop, Transport& transport, Metrics& metrics, const Clock& clock,
                       const GroupQueueOptions& options)
    : loop_(loop),
      transport_(transport),
      clock_(clock),
      options_(options),
      groups_(metrics.counter("gate.groups")),
      events_(metrics.counter("gate.events")),
      busy_(metrics.counter("gate.busy")),
      unavailable_(metrics.counter("gate.unavailable")),
      in_doubt_(metrics.counter("gate.in_doubt")),
      refused_(metrics.counter("gate.refused")),
      self_(std::make_shared<GroupQueue*>(this)) {
  timer_ = loop_.call_every(kDeadlineTick, [this] { look_at_deadlines(); });
}

GroupQueue::~GroupQueue() {
  stop();
  loop_.cancel(timer_);
  // Whoever still waits hears that nothing is known.
  for (Group& group : waiting_) answer(group, Delivery::kInDoubt);
  for (Group& group : patient_) answer(group, Delivery::kInDoubt);
  for (Group& group : under_way_) answer(group, Delivery::kInDoubt);
}

void GroupQueue::submit(EventGroup group, Done done) {
  if (group.empty()) return done(Delivery::kSafe);
  std::uint64_t bytes = group.bytes();
  // A group that is larger than the limit goes alone.
  std::uint64_t before = waiting_bytes_.fetch_add(bytes);
  if (before > 0 && before + bytes > options_.waiting_bytes) {
    waiting_bytes_.fetch_sub(bytes);
    busy_.add();
    return done(Delivery::kBusy);
  }
  {
    std::lock_guard lock(mu_);
    if (!closed_) {
      bool wake = incoming_.empty();
      incoming_.push_back({.events = std::move(group),
                           .done = std::move(done),
                           .taken = {},
                           .since = clock_.mono()});
      if (wake) wake_up();
      return;
    }
  }
  waiting_bytes_.fetch_sub(bytes);
  unavailable_.add();
  done(Delivery::kUnavailable);
}

void GroupQueue::hand_over(EventGroup group, Taken taken, Done done) {
  if (group.empty()) {
    if (taken) taken();
    if (done) done(Delivery::kSafe);
    return;
  }
  {
    std::lock_guard lock(mu_);
    if (!closed_) {
      bool wake = incoming_.empty();
      incoming_.push_back({.events = std::move(group),
                           .done = std::move(done),
                           .taken = std::move(taken),
                           .patient = true,
                           .since = clock_.mono()});
      if (wake) wake_up();
      return;
    }
  }
  in_doubt_.add();
  if (done) done(Delivery::kInDoubt);
}

void GroupQueue::wake_up() {
  loop_.post([self = std::weak_ptr(self_)] {
    if (auto queue = self.lock()) (*queue)->take_in();
  });
}

void GroupQueue::take_in() {
  std::vector<Group> groups;
  {
    std::lock_guard lock(mu_);
    groups.swap(incoming_);
  }
  for (Group& group : groups) (group.patient ? patient_ : waiting_).push_back(std::move(group));
  pump();
}

void GroupQueue::pump() {
  bool some = false;
  for (bool turn = false;; turn = !turn) {
    // What was begun is ended: half a group cannot be given back.
    const bool timely = !waiting_.empty() && (waiting_.front().added > 0 || transport_.ready());
    if (!timely && patient_.empty()) break;
    some = true;
    if (!add_front(timely && (turn || patient_.empty()) ? waiting_ : patient_)) break;
  }
  if (some) transport_.input_dry();
}

bool GroupQueue::add_front(std::deque<Group>& queue) {
  Group& group = queue.front();
  for (; group.added < group.events.size(); ++group.added, ++added_) {
    EventGroup::Event event = group.events[group.added];
    IngestEvent offered{event.type, event.host, event.end, event.body, 0, {}};
    if (transport_.add(offered) == EventSink::Answer::kFull) return false;
  }
  groups_.add();
  events_.add(group.events.size());
  if (!group.patient) waiting_bytes_.fetch_sub(group.events.bytes());
  group.last = added_;
  group.events = EventGroup();
  if (group.taken) std::exchange(group.taken, nullptr)();
  if (group.done) under_way_.push_back(std::move(group));
  queue.pop_front();
  return true;
}

std::uint64_t GroupQueue::untaken() const {
  std::uint64_t count = 0;
  for (const Group& group : patient_) count += group.events.size() - group.added;
  return count;
}

void GroupQueue::progressed() {
  std::uint64_t refused = transport_.figures().refused;
  // Which of the events it were is not known; that all are safe would be too much said.
  Delivery delivery =
      std::exchange(refused_seen_, refused) == refused ? Delivery::kSafe : Delivery::kRefused;
  std::uint64_t safe = transport_.safe_events();
  while (!under_way_.empty() && under_way_.front().last <= safe) {
    answer(under_way_.front(), delivery);
    under_way_.pop_front();
  }
  look_at_deadlines();
}

void GroupQueue::look_at_deadlines() {
  MonoTime now = clock_.mono();
  // In the order in which they came: the first that may still wait ends the search.
  while (!waiting_.empty() && waiting_.front().added == 0 &&
         (stopped_ || now - waiting_.front().since >= options_.take_within)) {
    waiting_bytes_.fetch_sub(waiting_.front().events.bytes());
    answer(waiting_.front(), Delivery::kUnavailable);
    waiting_.pop_front();
  }
  for (Group& group : under_way_) {
    if (group.patient) continue;
    if (now - group.since < options_.answer_within) break;
    answer(group, Delivery::kInDoubt);
  }
  if (!waiting_.empty() || !patient_.empty()) pump();
}

void GroupQueue::answer(Group& group, Delivery delivery) {
  if (!group.done) return;
  if (delivery == Delivery::kUnavailable) unavailable_.add();
  if (delivery == Delivery::kInDoubt) in_doubt_.add();
  if (delivery == Delivery::kRefused) refused_.add();
  std::exchange(group.done, nullptr)(delivery);
}

void GroupQueue::stop() {
  if (std::exchange(stopped_, true)) return;
  {
    std::lock_guard lock(mu_);
    closed_ = true;
  }
  take_in();
  look_at_deadlines();
}

}  // namespace ox
