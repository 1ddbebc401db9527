#include "common/link/sender.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>

#include "common/base/log.h"

namespace ox {

static constexpr Micros kSenderTick = Millis(500);
static constexpr Micros kFirstReopenDelay = Millis(50);
static constexpr Micros kLongestReopenDelay = Seconds(2);

static MonoTime now() { return Clock::system().mono(); }

std::string_view link_state_name(LinkState state) {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kConnected:
      return "connected";
    case LinkState::kRefused:
      return "refused";
  }
  return "unknown";
}

LinkSender::LinkSender(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                       const Address& target, LinkSenderOwner& owner, Metrics& metrics,
                       const LinkSenderOptions& options)
    : context_(context),
      loop_(loop),
      self_(self),
      target_(target),
      owner_(owner),
      options_(options),
      resent_(metrics.counter("forward.resent_batches")),
      sessions_(metrics.counter("forward.sessions")),
      rejected_(metrics.counter("forward.rejected_batches")),
      reopen_delay_(kFirstReopenDelay),
      state_since_(now()) {}

LinkSender::~LinkSender() { stop(); }

void LinkSender::start() {
  if (running_) return;
  running_ = true;
  timer_ = loop_.call_every(kSenderTick, [this] { on_timer(); });
  open_session();
}

void LinkSender::stop() {
  if (!running_) return;
  running_ = false;
  if (socket_ && welcomed_) {
    std::string bye = encode_link_header({LinkCommand::kBye, session_, 0});
    (void)socket_->send_copy({bye});  // a courtesy: the receiver also notices by itself
  }
  close_session("stopped");
  loop_.cancel(timer_);
  if (reopen_timer_ != 0) loop_.cancel(reopen_timer_);
  if (give_up_timer_ != 0) loop_.cancel(give_up_timer_);
  reopen_timer_ = give_up_timer_ = 0;
}

void LinkSender::open_session() {
  SocketOptions options;
  // Not `immediate`: when such a connection is lost, libzmq 4.3.4 takes the pipe away even between
  // two frames of one message, and aborts. HELLO waits for the handshake instead.
  options.linger = Millis(0);
  options.send_hwm = 0;                 // the window bounds what is on its way
  options.max_message_bytes = 1 << 20;  // what comes back are acknowledgements
  options.ipv6 = target_.ipv6();
  socket_.emplace(context_, zmq::socket_type::dealer, options);

  static std::atomic<std::uint64_t> monitors{0};
  std::string monitor_name = fmt::format("inproc://ox-link-monitor-{}", ++monitors);
  bool watched = zmq_socket_monitor(socket_->handle(), monitor_name.c_str(),
                                    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) == 0;
  if (watched) {
    monitor_.emplace(context_, zmq::socket_type::pair);
    if (monitor_->connect(monitor_name).ok())
      monitor_watch_ = loop_.watch_socket(monitor_->handle(), kReadable, [this] { on_monitor(); });
  }

  session_ = random_u64();
  next_frame_ = 1;
  welcomed_ = false;
  window_ = 0;
  sent_ = 0;
  sent_bytes_ = 0;
  for (Flight& flight : flights_) flight.frame = 0;
  hello_unanswered_ = false;
  last_heard_ = now();
  sessions_.add();
  if (Status status = socket_->connect(target_.endpoint()); !status.ok()) {
    reopen(status.message());
    return;
  }
  socket_watch_ = loop_.watch_socket(socket_->handle(), kReadable, [this] { on_socket(); });
  hello_waiting_ = watched;
  if (!watched) send_hello();
}

void LinkSender::close_session(const std::string& why) {
  if (socket_watch_ != 0) loop_.unwatch(socket_watch_);
  if (monitor_watch_ != 0) loop_.unwatch(monitor_watch_);
  socket_watch_ = monitor_watch_ = 0;
  if (socket_) zmq_socket_monitor(socket_->handle(), nullptr, 0);
  socket_.reset();
  monitor_.reset();
  welcomed_ = false;
  hello_waiting_ = false;
  window_ = 0;
  if (state_ == LinkState::kConnected) set_state(LinkState::kConnecting, why);
}

void LinkSender::reopen(const std::string& why, Micros at_least) {
  // A session that brought nothing and did not last makes the next one wait longer, whatever ended
  // it: a receiver that keeps ending them is not stormed.
  if (welcomed_ && now() - state_since_ > kLongestReopenDelay) reopen_delay_ = kFirstReopenDelay;
  close_session(why);
  if (state_ != LinkState::kRefused) set_state(LinkState::kConnecting, why);
  if (!running_ || reopen_timer_ != 0) return;
  reopen_timer_ = loop_.call_after(std::max(reopen_delay_, at_least), [this] {
    reopen_timer_ = 0;
    open_session();
  });
  reopen_delay_ = std::min(reopen_delay_ * 2, kLongestReopenDelay);
}

void LinkSender::set_state(LinkState state, std::string reason) {
  bool changed = state != state_;
  reason_ = std::move(reason);
  if (!changed) return;
  state_ = state;
  state_since_ = now();
  if (state == LinkState::kRefused) {
    log_warning("link to {}: refused: {}", target_.to_string(), reason_);
  } else {
    log_info("link to {}: {}{}", target_.to_string(), link_state_name(state),
             reason_.empty() ? "" : ": " + reason_);
  }
  if (running_) owner_.link_changed();
}

void LinkSender::send_hello() {
  Hello hello;
  hello.node_id = self_.node_id;
  hello.boot_id = self_.boot_id;
  hello.node_name = self_.node_name;
  hello.host = self_.host;
  hello.downstream = downstream_;
  std::string header = encode_link_header({LinkCommand::kHello, session_, 0});
  std::string body = encode_hello(hello);
  hello_waiting_ = false;
  if (socket_->send_copy({header, body}) != SendResult::kSent) {
    reopen("HELLO could not be sent");
    return;
  }
  last_sent_ = hello_at_ = now();
  hello_unanswered_ = true;
  frames_at_hello_ = next_frame_;
}

void LinkSender::watch_writable(bool on) {
  loop_.set_events(socket_watch_, static_cast<short>(kReadable | (on ? kWritable : 0)));
}

bool LinkSender::can_give(std::size_t bytes) const {
  if (!welcomed_ || window_ == 0) return false;
  return unacked_bytes_ == 0 || unacked_bytes_ + bytes <= window_;
}

void LinkSender::give(BatchPtr batch, std::optional<WallTime> first_sent) {
  index_of_[batch->id()] = first_index_ + flights_.size();
  unacked_bytes_ += batch->bytes().size();
  flights_.push_back(Flight{std::move(batch)});
  flights_.back().first_sent = first_sent;
  pump();
}

void LinkSender::set_downstream(std::vector<Uuid> nodes) {
  if (nodes == downstream_) return;
  downstream_ = std::move(nodes);
  if (welcomed_ && !hello_unanswered_ && !hello_waiting_) send_hello();
}

std::vector<LinkSender::Unacked> LinkSender::take_unacked() {
  std::vector<Unacked> batches;
  for (std::size_t i = 0; i < flights_.size(); ++i)
    if (!flights_[i].done)
      batches.push_back({std::move(flights_[i].batch), first_index_ + i < ever_sent_});
  first_index_ += flights_.size();
  flights_.clear();
  index_of_.clear();
  unacked_bytes_ = sent_bytes_ = 0;
  sent_ = 0;
  return batches;
}

bool LinkSender::in_doubt_too_long(const Flight& flight) const {
  if (!flight.first_sent) return false;
  return Clock::system().wall() - *flight.first_sent > options_.in_doubt_limit;
}

void LinkSender::give_up_too_old() {
  for (Flight& flight : flights_) {
    if (!flight.too_old || flight.done || flight.held) continue;
    if (owner_.in_doubt_too_long(flight.batch)) {
      finish(flight);
    } else {
      flight.held = true;
    }
  }
  release_done();
  pump();
  owner_.link_changed();
}

void LinkSender::pump() {
  while (welcomed_ && sent_ < flights_.size()) {
    Flight& flight = flights_[sent_];
    flight.too_old = flight.too_old || in_doubt_too_long(flight);
    if (flight.done || flight.held || flight.too_old) {
      ++sent_;
      // Not from inside give().
      if (flight.too_old && !flight.held && give_up_timer_ == 0)
        give_up_timer_ = loop_.call_after(Micros(0), [this] {
          give_up_timer_ = 0;
          give_up_too_old();
        });
      continue;
    }
    std::size_t bytes = flight.batch->bytes().size();
    bool fits = window_ > 0 && (sent_bytes_ == 0 || sent_bytes_ + bytes <= window_);
    if (!fits) break;
    std::string header = encode_link_header({LinkCommand::kBatch, session_, next_frame_});
    std::vector<zmq::message_t> frames;
    frames.emplace_back(header.data(), header.size());
    frames.push_back(borrowing_message(flight.batch, flight.batch->bytes()));
    if (socket_->send(frames) != SendResult::kSent) {
      watch_writable(true);
      return;
    }
    flight.frame = next_frame_++;
    if (!flight.first_sent) flight.first_sent = Clock::system().wall();
    last_sent_ = now();
    sent_bytes_ += bytes;
    std::uint64_t index = first_index_ + sent_;
    if (index < ever_sent_) {
      resent_.add();
    } else {
      ever_sent_ = index + 1;
    }
    ++sent_;
  }
  if (socket_watch_ != 0) watch_writable(false);
}

void LinkSender::on_socket() {
  std::vector<zmq::message_t> frames;
  // The socket may be replaced by what a message makes us do: look at it afresh each time.
  std::uint64_t session = session_;
  while (socket_ && session == session_ && socket_->receive(frames)) {
    last_heard_ = now();
    auto header = decode_link_header(view(frames[0]));
    if (!header.ok()) {
      log_warning("link to {}: {}", target_.to_string(), header.status().message());
      continue;
    }
    if (header->session != session_) continue;  // of a session that is over
    handle(*header, frames.size() > 1 ? view(frames[1]) : std::string_view());
  }
  if (socket_) pump();
}

void LinkSender::on_monitor() {
  std::vector<zmq::message_t> frames;
  bool connected = false;
  bool disconnected = false;
  while (monitor_ && monitor_->receive(frames)) {
    if (frames.empty() || frames[0].size() < 2) continue;
    std::uint16_t event = 0;
    std::memcpy(&event, frames[0].data(), sizeof(event));
    connected |= event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    disconnected |= event == ZMQ_EVENT_DISCONNECTED;
  }
  if (disconnected) {
    reopen("the connection was lost");
  } else if (connected && hello_waiting_) {
    send_hello();
  }
}

void LinkSender::on_timer() {
  if (!socket_ || hello_waiting_) return;
  MonoTime at = now();
  if (hello_unanswered_ && at - hello_at_ > options_.hello_timeout) {
    reopen("no answer");
    return;
  }
  if (hello_unanswered_ || !welcomed_) return;
  bool silent = sent_bytes_ > 0 && at - last_heard_ > options_.ack_silence;
  bool idle = at - last_sent_ > options_.keepalive;
  if (silent || idle) send_hello();
}

void LinkSender::handle(const LinkHeader& header, std::string_view body) {
  switch (header.command) {
    case LinkCommand::kWelcome: {
      auto welcome = decode_welcome(body);
      if (welcome.ok()) handle_welcome(*welcome);
      return;
    }
    case LinkCommand::kAck: {
      auto ack = decode_ack(body);
      if (ack.ok()) handle_ack(*ack);
      return;
    }
    case LinkCommand::kReject: {
      auto reject = decode_reject(body);
      if (reject.ok()) handle_reject(*reject);
      return;
    }
    case LinkCommand::kReset:
      reopen("the receiver asked for a new session");
      return;
    case LinkCommand::kHello:
    case LinkCommand::kBatch:
    case LinkCommand::kBye:
      return;  // not for us
  }
}

void LinkSender::handle_welcome(const Welcome& welcome) {
  hello_unanswered_ = false;
  bool other_boot = welcomed_ && peer_ && peer_->boot_id != welcome.boot_id;
  // ZeroMQ keeps order: frames sent before our HELLO have arrived before it, or are lost.
  bool lost = welcomed_ && welcome.next_frame < frames_at_hello_;
  peer_ = welcome;
  if (other_boot || lost) {
    reopen(lost ? "frames were lost" : "the receiver started again");
    return;
  }
  window_ = welcome.window;
  if (!welcomed_) {
    welcomed_ = true;
    set_state(LinkState::kConnected, "");
  }
  pump();
  owner_.link_changed();
}

LinkSender::Flight* LinkSender::find(const BatchId& id) {
  auto it = index_of_.find(id);
  if (it == index_of_.end()) return nullptr;
  return &flights_[it->second - first_index_];
}

void LinkSender::finish(Flight& flight) {
  if (flight.done) return;
  flight.done = true;
  std::size_t bytes = flight.batch->bytes().size();
  unacked_bytes_ -= bytes;
  if (flight.frame != 0) sent_bytes_ -= bytes;
  index_of_.erase(flight.batch->id());
  flight.batch.reset();
}

void LinkSender::release_done() {
  std::size_t count = 0;
  while (!flights_.empty() && flights_.front().done) {
    flights_.pop_front();
    ++count;
  }
  first_index_ += count;
  sent_ -= std::min(sent_, count);
  if (count == 0) return;
  reopen_delay_ = kFirstReopenDelay;
  owner_.released(count);
}

void LinkSender::handle_ack(const LinkAck& ack) {
  window_ = ack.window;
  for (const AckRange& range : ack.ranges) {
    // A range may span what we never sent (other senders' batches of the run): look only at ours.
    if (range.last - range.first < flights_.size()) {
      for (std::uint64_t seq = range.first;; ++seq) {
        if (Flight* flight = find({range.run, seq})) finish(*flight);
        if (seq == range.last) break;
      }
    } else {
      for (Flight& flight : flights_) {
        if (flight.done) continue;
        const BatchId& id = flight.batch->id();
        if (id.run == range.run && id.seq >= range.first && id.seq <= range.last) finish(flight);
      }
    }
  }
  release_done();
  pump();
  owner_.link_changed();
}

void LinkSender::handle_reject(const LinkReject& reject) {
  if (concerns_batch(reject.reason) && reject.id.run.is_nil()) {
    // Damaged so badly that the receiver cannot tell which batch it was.
    rejected_.add();
    reopen("a batch arrived damaged");
    return;
  }
  if (!concerns_batch(reject.reason)) {
    set_state(LinkState::kRefused, fmt::format("{}{}{}", reject_reason_name(reject.reason),
                                               reject.detail.empty() ? "" : ": ", reject.detail));
    reopen(reason_, options_.refused_backoff);
    return;
  }
  Flight* flight = find(reject.id);
  if (flight == nullptr || flight->held) return;
  rejected_.add();
  log_warning("link to {}: batch {}/{} was refused: {} {}", target_.to_string(),
              reject.id.run.to_string(), reject.id.seq, reject_reason_name(reject.reason),
              reject.detail);
  if (reject.reason == RejectReason::kCorrupt &&
      ++flight->corrupt_rejects < options_.corrupt_attempts) {
    reopen("a batch arrived damaged");
    return;
  }
  if (owner_.rejected(flight->batch, reject.reason, reject.detail)) {
    finish(*flight);
    release_done();
  } else {
    flight->held = true;
    std::size_t bytes = flight->batch->bytes().size();
    if (flight->frame != 0) sent_bytes_ -= bytes;  // it takes no room in the window any more
    flight->frame = 0;
  }
  pump();
}

}  // namespace ox
