#pragma once
// The receiving end of the link: sessions of any number of senders on one ROUTER socket
// (proto/README.md, "Link").
//
//   BATCH --> checked whole --> LinkReceiverOwner::received(batch, token) ... settled(token) -->
//   ACK
//
// The socket is always read; back-pressure is the window. ACKs are owed until the socket has taken
// them, and coalesced. Whatever a peer sends that the protocol does not allow is answered, counted
// as "link.rejected.<reason>", and costs nobody else anything. Threading: everything on the thread
// of `loop`, except peers() and peer_count().
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/socket.h"
#include "common/link/node_identity.h"
#include "proto/batch.h"
#include "proto/link.h"

namespace ox {

struct LinkReceiverOptions {
  std::uint64_t budget = 64 << 20;       // bytes of batches taken and not settled, over all senders
  std::uint64_t min_window = 256 << 10;  // of one sender, whatever the budget
  std::uint64_t max_window = 8 << 20;
  Micros silence = Seconds(60);  // a sender not heard of for so long is forgotten
};

class LinkReceiverOwner {
 public:
  virtual ~LinkReceiverOwner() = default;
  // A batch arrived, whole and in order. Ends in one call of settled() with this token, unless the
  // receiver goes first. Must not block.
  virtual void received(BatchPtr batch, std::uint64_t token) = 0;
  // False closes all windows until it is true again.
  virtual bool has_room() const = 0;
  // The nodes that batches sent here come to, and what an ACK means.
  virtual std::vector<Uuid> downstream() const = 0;
  virtual AckMeaning ack_meaning() const = 0;
};

// What a sender has brought, over all its sessions since it was last forgotten.
struct LinkPeer {
  Uuid node_id;
  std::string name;
  std::string host;
  std::uint64_t batches = 0;  // received, copies included
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  WallTime last{};  // when it was last heard of
  std::uint64_t window = 0;
};

class LinkReceiver {
 public:
  // References must outlive the receiver.
  LinkReceiver(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
               LinkReceiverOwner& owner, Metrics& metrics, const Clock& clock,
               const LinkReceiverOptions& options);
  ~LinkReceiver();

  // Binds. Port 0 picks a free one: see port(). Errors: as Socket::bind().
  Status bind(const Address& address);
  std::uint16_t port() const { return socket_.last_port(); }
  // Starts to read.
  void start();
  // From now on BATCHes are read and forgotten: their senders keep them. ACKs still go out.
  void refuse_batches() { refusing_ = true; }
  // Sends the ACKs that are owed, as far as the socket takes them, and closes.
  void stop();

  struct Settlement {
    std::uint64_t token = 0;
    bool safe = false;  // false: not taken after all; the sender is asked to send it again
    std::optional<LinkReject> refused = std::nullopt;  // but not when it is refused for what it is
  };
  // What became of batches.
  void settled(const std::vector<Settlement>& settlements);

  std::vector<LinkPeer> peers() const;
  std::size_t peer_count() const;

 private:
  struct Session {
    std::string route;  // ZeroMQ's routing id of the connection
    std::uint64_t number = 0;
    std::uint64_t generation = 0;  // of this entry: tokens of a former session do not count here
    bool open = false;
    bool reset_sent = false;
    std::uint64_t next_frame = 1;
    Hello hello;
    std::uint64_t outstanding = 0;  // bytes received and not settled
    std::uint64_t told_window = 0;
    MonoTime last_heard{};
    std::vector<AckRange> owed;  // ACK ranges
    bool owes_ack = false;       // an ACK is due, perhaps without ranges
    std::deque<std::vector<std::string>>
        waiting;  // other commands that the socket did not take yet
  };
  struct Token {
    std::string route;
    std::uint64_t generation = 0;
    BatchId id;
    std::uint64_t bytes = 0;
  };

  void on_socket();
  void handle(std::vector<zmq::message_t>& frames);
  void handle_hello(Session& session, const LinkHeader& header, std::string_view body);
  void handle_batch(Session& session, const LinkHeader& header, zmq::message_t&& body);
  std::string loop_reason(const Hello& hello) const;
  void open_session(Session& session, std::uint64_t number, const Hello& hello);
  void end_session(Session& session);

  void welcome(Session& session);
  void reject(Session& session, const LinkReject& reject);
  void reset(Session& session, std::string_view counter);
  void count_rejected(std::string_view reason, std::string_view detail);

  Session& session_of(std::string_view route);
  std::uint64_t window_share() const;
  // Both are false when the peer is gone; the session is then erased.
  bool send(Session& session, std::vector<std::string> command);
  bool send_owed(Session& session);
  bool send_waiting(Session& session);
  SendResult transmit(const Session& session, const std::vector<std::string>& command);
  void forget(const std::string& route);
  void on_timer();
  void on_retry();
  void arm_retry();

  EventLoop& loop_;
  const NodeIdentity self_;
  LinkReceiverOwner& owner_;
  Metrics& metrics_;
  const Clock& clock_;
  const LinkReceiverOptions options_;
  Counter& received_batches_;
  LogLimiter limiter_;
  Socket socket_;

  EventLoop::Id socket_watch_ = 0;
  EventLoop::Id timer_ = 0;
  EventLoop::Id retry_timer_ = 0;
  EventLoop::Id pause_timer_ = 0;
  std::uint64_t turn_bytes_ = 0;  // of batches in this turn of reading
  bool refusing_ = false;

  std::unordered_map<std::string, Session> sessions_;  // by route
  std::uint64_t open_sessions_ = 0;
  std::unordered_map<std::uint64_t, Token> tokens_;
  std::uint64_t next_token_ = 1;
  std::uint64_t next_generation_ = 1;

  mutable std::mutex mu_;
  std::map<Uuid, LinkPeer> peers_;  // guarded by mu_
};

}  // namespace ox
