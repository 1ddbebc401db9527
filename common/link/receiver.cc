#include "common/link/receiver.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ox {

static constexpr Micros kReceiverTick = Seconds(1);
static constexpr Micros kRetry = Millis(5);
static constexpr std::size_t kMessagesPerTurn = 256;
// While the small batches of several senders are on their way, others are waited for and taken together: else there
// is a wake-up for each. tests/bench/clients.py.
static constexpr std::size_t kSomeBatches = 4;         // not acknowledged
static constexpr std::uint64_t kSmallTurn = 64 << 10;  // bytes; more is no trickle
static constexpr Micros kPause = Millis(1);
static constexpr std::size_t kMaxWaiting = 64;  // commands kept for a peer that does not read
// Room for the largest batch, and a margin so that one a little over is answered rather than cut
// off.
static constexpr std::int64_t kMaxMessageBytes =
    static_cast<std::int64_t>(kMaxBatchBytes) + (1 << 20);

static SocketOptions socket_options() {
  SocketOptions options;
  options.max_message_bytes = kMaxMessageBytes;
  options.receive_hwm = 64;
  options.send_hwm = 1000;
  options.router_mandatory = true;
  options.ipv6 = true;
  return options;
}

LinkReceiver::LinkReceiver(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                           LinkReceiverOwner& owner, Metrics& metrics, const Clock& clock,
                           const LinkReceiverOptions& options)
    : loop_(loop),
      self_(self),
      owner_(owner),
      metrics_(metrics),
      clock_(clock),
      options_(options),
      received_batches_(metrics.counter("link.received_batches")),
      limiter_(clock),
      socket_(context, zmq::socket_type::router, socket_options()) {}

LinkReceiver::~LinkReceiver() { stop(); }

Status LinkReceiver::bind(const Address& address) { return socket_.bind(address.endpoint()); }

void LinkReceiver::start() {
  socket_watch_ = loop_.watch_socket(socket_.handle(), kReadable, [this] { on_socket(); });
  timer_ = loop_.call_every(kReceiverTick, [this] { on_timer(); });
}

void LinkReceiver::stop() {
  if (socket_watch_ == 0) return;
  std::vector<std::string> routes;
  for (auto& [route, session] : sessions_) routes.push_back(route);
  for (const std::string& route : routes) {
    auto it = sessions_.find(route);
    if (it != sessions_.end()) send_owed(it->second);
  }
  loop_.unwatch(socket_watch_);
  loop_.cancel(timer_);
  if (retry_timer_ != 0) loop_.cancel(retry_timer_);
  if (pause_timer_ != 0) loop_.cancel(pause_timer_);
  socket_watch_ = timer_ = retry_timer_ = pause_timer_ = 0;
  // What was handed to the socket still goes out.
  socket_.raw().set(zmq::sockopt::linger, 1000);
  socket_.close();
}

void LinkReceiver::on_socket() {
  std::vector<zmq::message_t> frames;
  turn_bytes_ = 0;
  for (std::size_t n = 0; n < kMessagesPerTurn && socket_.receive(frames); ++n) handle(frames);
  if (tokens_.size() < kSomeBatches || turn_bytes_ >= kSmallTurn || pause_timer_ != 0) return;
  loop_.set_events(socket_watch_, 0);
  pause_timer_ = loop_.call_after(kPause, [this] {
    pause_timer_ = 0;
    loop_.set_events(socket_watch_, kReadable);
  });
}

LinkReceiver::Session& LinkReceiver::session_of(std::string_view route) {
  Session& session = sessions_[std::string(route)];
  if (session.route.empty()) session.route = route;
  session.last_heard = clock_.mono();
  return session;
}

void LinkReceiver::count_rejected(std::string_view reason, std::string_view detail) {
  metrics_.counter(fmt::format("link.rejected.{}", reason)).add();
  limiter_.warn(std::string(reason), fmt::format("link: {}", detail));
}

void LinkReceiver::handle(std::vector<zmq::message_t>& frames) {
  if (frames.size() < 2 || frames.size() > 3) {
    count_rejected("frames", fmt::format("a command of {} frames", frames.size() - 1));
    return;
  }
  auto header = decode_link_header(view(frames[1]));
  if (!header.ok()) {
    bool version = header.status().code() == Code::kUnsupported;
    count_rejected(version ? "version" : "command", header.status().message());
    if (version) {
      LinkReject reject_version{{}, RejectReason::kUnknownVersion, header.status().message()};
      Session& session = session_of(view(frames[0]));
      reject(session, reject_version);
    }
    return;
  }
  Session& session = session_of(view(frames[0]));
  bool has_body = frames.size() == 3;
  switch (header->command) {
    case LinkCommand::kHello:
      handle_hello(session, *header, has_body ? view(frames[2]) : std::string_view());
      return;
    case LinkCommand::kBatch:
      if (!has_body) {
        count_rejected("frames", "a BATCH without a batch");
        return;
      }
      handle_batch(session, *header, std::move(frames[2]));
      return;
    case LinkCommand::kBye:
      if (session.open && session.number == header->session) forget(std::string(session.route));
      return;
    case LinkCommand::kWelcome:
    case LinkCommand::kAck:
    case LinkCommand::kReject:
    case LinkCommand::kReset:
      count_rejected("command", "a command that only a receiver sends");
      return;
  }
}

std::string LinkReceiver::loop_reason(const Hello& hello) const {
  if (hello.node_id == self_.node_id) return "the sender is this node";
  for (const Uuid& node : owner_.downstream())
    if (node == hello.node_id) return "the sender is downstream of this node";
  return "";
}

void LinkReceiver::handle_hello(Session& session, const LinkHeader& header, std::string_view body) {
  auto hello = decode_hello(body);
  if (!hello.ok()) {
    count_rejected("hello", hello.status().message());
    return;
  }
  auto refuse = [&](RejectReason reason, const std::string& detail) {
    end_session(session);
    session.number = header.session;
    count_rejected(reject_reason_name(reason),
                   fmt::format("{} ({}) is refused: {}", hello->node_name, hello->host, detail));
    reject(session, LinkReject{{}, reason, detail});
  };
  if (hello->version != kLinkVersion) {
    refuse(RejectReason::kUnknownVersion,
           fmt::format("link version {} is not spoken here", hello->version));
    return;
  }
  if (std::string reason = loop_reason(*hello); !reason.empty()) {
    refuse(RejectReason::kLoop, reason);
    return;
  }
  if (!session.open || session.number != header.session)
    open_session(session, header.session, *hello);
  session.hello = std::move(*hello);
  welcome(session);
}

void LinkReceiver::open_session(Session& session, std::uint64_t number, const Hello& hello) {
  end_session(session);
  session.number = number;
  session.generation = next_generation_++;
  session.open = true;
  ++open_sessions_;
  session.next_frame = 1;
  session.reset_sent = false;
  // The sender started again: sessions of its former life are over, whatever their connection says.
  std::vector<std::string> former;
  for (auto& [route, other] : sessions_) {
    if (&other != &session && other.open && other.hello.node_id == hello.node_id &&
        other.hello.boot_id != hello.boot_id)
      former.push_back(route);
  }
  for (const std::string& route : former) forget(route);
  log_info("link: {} on {} connected", hello.node_name, hello.host);
  std::lock_guard lock(mu_);
  LinkPeer& peer = peers_[hello.node_id];
  peer.node_id = hello.node_id;
  peer.name = hello.node_name;
  peer.host = hello.host;
  peer.last = clock_.wall();
}

void LinkReceiver::end_session(Session& session) {
  if (session.open) --open_sessions_;
  session.open = false;
  session.generation = 0;
  session.outstanding = 0;
  session.owed.clear();
  session.owes_ack = false;
}

std::uint64_t LinkReceiver::window_share() const {
  if (refusing_ || !owner_.has_room()) return 0;
  return std::clamp(options_.budget / std::max<std::uint64_t>(open_sessions_, 1),
                    options_.min_window, options_.max_window);
}

void LinkReceiver::welcome(Session& session) {
  Welcome welcome;
  welcome.node_id = self_.node_id;
  welcome.boot_id = self_.boot_id;
  welcome.node_name = self_.node_name;
  welcome.window = session.told_window = window_share();
  welcome.next_frame = session.next_frame;
  welcome.ack_meaning = owner_.ack_meaning();
  welcome.downstream = owner_.downstream();
  if (welcome.window == 0) arm_retry();
  send(session,
       {encode_link_header({LinkCommand::kWelcome, session.number, 0}), encode_welcome(welcome)});
}

void LinkReceiver::reject(Session& session, const LinkReject& reject) {
  send(session,
       {encode_link_header({LinkCommand::kReject, session.number, 0}), encode_reject(reject)});
}

void LinkReceiver::reset(Session& session, std::string_view counter) {
  if (session.reset_sent) return;  // what follows is on its way already
  session.reset_sent = true;
  metrics_.counter(fmt::format("link.resets.{}", counter)).add();
  end_session(session);
  send(session, {encode_link_header({LinkCommand::kReset, session.number, 0})});
}

void LinkReceiver::handle_batch(Session& session, const LinkHeader& header, zmq::message_t&& body) {
  if (!session.open || session.number != header.session) {
    if (!session.open) session.number = header.session;
    reset(session, "session");
    return;
  }
  if (header.frame != session.next_frame) {
    reset(session, "frame");
    return;
  }
  if (refusing_) return;
  ++session.next_frame;
  std::string_view bytes;
  const std::shared_ptr<const void> owner = keep_message(std::move(body), bytes);
  BatchError error = BatchError::kNone;
  std::string detail;
  BatchPtr batch = Batch::open(owner, bytes, error, &detail);
  if (!batch) {
    LinkReject refused{{}, static_cast<RejectReason>(error), detail};
    BatchHeader batch_header;  // the nil id stays when the header cannot be trusted
    (void)decode_batch_header(bytes, batch_header);
    refused.id = batch_header.id;
    count_rejected(batch_error_name(error),
                   fmt::format("a batch of {} is refused: {}", session.hello.node_name, detail));
    reject(session, refused);
    return;
  }
  std::uint64_t size = bytes.size();
  // One batch may go over the window; more than that is a sender that does not heed it.
  if (session.outstanding > options_.max_window + kMaxBatchBytes) {
    count_rejected("window", fmt::format("{} sends more than the window", session.hello.node_name));
    reset(session, "window");
    return;
  }
  session.outstanding += size;
  turn_bytes_ += size;
  received_batches_.add();
  {
    std::lock_guard lock(mu_);
    LinkPeer& peer = peers_[session.hello.node_id];
    ++peer.batches;
    peer.events += batch->event_count();
    peer.bytes += size;
    peer.last = clock_.wall();
  }
  std::uint64_t token = next_token_++;
  tokens_.emplace(token, Token{session.route, session.generation, batch->id(), size});
  owner_.received(std::move(batch), token);
}

void LinkReceiver::settled(const std::vector<Settlement>& settlements) {
  std::vector<std::string> touched;
  for (const Settlement& settlement : settlements) {
    auto found = tokens_.find(settlement.token);
    if (found == tokens_.end()) continue;
    Token token = std::move(found->second);
    tokens_.erase(found);
    auto it = sessions_.find(token.route);
    if (it == sessions_.end() || it->second.generation != token.generation) continue;
    Session& session = it->second;
    session.outstanding -= token.bytes;
    if (settlement.refused) {
      count_rejected(reject_reason_name(settlement.refused->reason),
                     fmt::format("a batch of {} is refused: {}", session.hello.node_name,
                                 settlement.refused->detail));
      reject(session, *settlement.refused);
      continue;
    }
    if (!settlement.safe) {
      reset(session, "not_taken");
      continue;
    }
    if (!session.owed.empty() && session.owed.back().run == token.id.run &&
        session.owed.back().last + 1 == token.id.seq) {
      session.owed.back().last = token.id.seq;
    } else {
      session.owed.push_back({token.id.run, token.id.seq, token.id.seq});
    }
    if (!session.owes_ack) touched.push_back(token.route);
    session.owes_ack = true;
  }
  for (const std::string& route : touched) {
    auto it = sessions_.find(route);
    if (it != sessions_.end() && it->second.owes_ack) send_owed(it->second);
  }
}

SendResult LinkReceiver::transmit(const Session& session, const std::vector<std::string>& command) {
  std::vector<std::string_view> parts{session.route};
  for (const std::string& part : command) parts.push_back(part);
  return socket_.send_copy(parts);
}

bool LinkReceiver::send_waiting(Session& session) {
  while (!session.waiting.empty()) {
    SendResult result = transmit(session, session.waiting.front());
    if (result == SendResult::kUnreachable) {
      forget(std::string(session.route));
      return false;
    }
    if (result == SendResult::kWouldBlock) {
      arm_retry();
      return true;
    }
    session.waiting.pop_front();
  }
  return true;
}

bool LinkReceiver::send(Session& session, std::vector<std::string> command) {
  if (session.waiting.size() >= kMaxWaiting) {
    // It asks and asks and does not read the answers: it may ask again when it does.
    forget(std::string(session.route));
    return false;
  }
  session.waiting.push_back(std::move(command));
  return send_waiting(session);
}

bool LinkReceiver::send_owed(Session& session) {
  if (!session.owes_ack) return true;
  if (!send_waiting(session)) return false;
  if (!session.waiting.empty()) return true;  // behind what waits already
  LinkAck ack;
  ack.window = window_share();
  ack.ranges = session.owed;
  SendResult result = transmit(
      session, {encode_link_header({LinkCommand::kAck, session.number, 0}), encode_ack(ack)});
  if (result == SendResult::kUnreachable) {
    forget(std::string(session.route));
    return false;
  }
  if (result == SendResult::kWouldBlock) {
    arm_retry();
    return true;
  }
  session.told_window = ack.window;
  if (ack.window == 0) arm_retry();
  session.owed.clear();
  session.owes_ack = false;
  return true;
}

void LinkReceiver::arm_retry() {
  if (retry_timer_ == 0)
    retry_timer_ = loop_.call_after(kRetry, [this] {
      retry_timer_ = 0;
      on_retry();
    });
}

void LinkReceiver::on_retry() {
  std::uint64_t share = window_share();
  std::vector<std::string> routes;
  bool closed = false;
  for (auto& [route, session] : sessions_) {
    if (session.open && (session.told_window == 0) != (share == 0)) session.owes_ack = true;
    if (session.owes_ack || !session.waiting.empty()) routes.push_back(route);
    closed |= session.open && share == 0;
  }
  for (const std::string& route : routes) {
    auto it = sessions_.find(route);
    if (it != sessions_.end() && send_waiting(it->second)) send_owed(it->second);
  }
  if (closed && !refusing_) arm_retry();  // look for room again
}

void LinkReceiver::on_timer() {
  MonoTime now = clock_.mono();
  std::vector<std::string> silent;
  for (auto& [route, session] : sessions_)
    if (now - session.last_heard > options_.silence) silent.push_back(route);
  for (const std::string& route : silent) forget(route);
  on_retry();
  std::lock_guard lock(mu_);
  std::set<Uuid> connected;
  for (auto& [route, session] : sessions_) {
    if (!session.open) continue;
    connected.insert(session.hello.node_id);
    auto peer = peers_.find(session.hello.node_id);
    if (peer != peers_.end()) peer->second.window = session.told_window;
  }
  std::erase_if(peers_, [&](const auto& entry) {
    return !connected.contains(entry.first) && clock_.wall() - entry.second.last > options_.silence;
  });
}

void LinkReceiver::forget(const std::string& route) {
  auto it = sessions_.find(route);
  if (it == sessions_.end()) return;
  end_session(it->second);
  sessions_.erase(it);
}

std::vector<LinkPeer> LinkReceiver::peers() const {
  std::lock_guard lock(mu_);
  std::vector<LinkPeer> peers;
  for (const auto& [id, peer] : peers_) peers.push_back(peer);
  return peers;
}

std::size_t LinkReceiver::peer_count() const {
  std::lock_guard lock(mu_);
  return peers_.size();
}

}  // namespace ox
