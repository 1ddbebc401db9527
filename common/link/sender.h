#pragma once
// The sending end of the link: sessions to one receiver, what is outstanding, and its
// acknowledgements (proto/README.md, "Link").
//
//   give() --> flights (in order) --pump(), within the window--> BATCH ... ACK --> released()
//
// A session is one DEALER socket. A lost connection, a RESET, a receiver that started again, or
// lost frames open a new session, and only a new session sends again what is not acknowledged,
// oldest first; but nothing that was sent so long ago that the receiver may have forgotten it.
// Silence alone only asks (HELLO). Within a run, order is kept. Threading: everything on the thread
// of `loop`.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/base/socket.h"
#include "common/link/node_identity.h"
#include "proto/batch.h"
#include "proto/link.h"

namespace ox {

enum class LinkState {
  kConnecting,  // no session yet
  kConnected,   // welcomed
  kRefused,     // the receiver will not have us; asked again after a while
};
std::string_view link_state_name(LinkState state);

struct LinkSenderOptions {
  Micros ack_silence = Seconds(5);    // with batches outstanding: ask whether the session stands
  Micros keepalive = Seconds(10);     // without anything to say: tell that we are still here
  Micros hello_timeout = Seconds(5);  // unanswered for so long: open a new session
  Micros refused_backoff = Seconds(5);
  int corrupt_attempts = 3;
  // By the wall clock. Receivers forget what they have 30 days (of their uptime) after they last
  // heard of it, and a batch that is sent again after that would be there twice.
  Micros in_doubt_limit = std::chrono::hours(24 * 29);
};

// What a sender tells its owner. Called on the loop's thread, never from inside give().
class LinkSenderOwner {
 public:
  virtual ~LinkSenderOwner() = default;
  // The oldest `count` batches given and not yet released are acknowledged (or disposed of).
  virtual void released(std::size_t count) = 0;
  // There may be room to give() again, or the state changed.
  virtual void link_changed() = 0;
  // The receiver refuses this batch for what it is. True: it is kept elsewhere, or was told to the
  // one who gave it; the sender treats it as done. False: the sender holds it, and sends on behind
  // it.
  virtual bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) = 0;
  // The receiver may have this batch, and have forgotten that: it is not sent again. As rejected().
  virtual bool in_doubt_too_long(const BatchPtr& batch) = 0;
};

class LinkSender {
 public:
  // `target` is a link address. `downstream` is asked for each HELLO. References must outlive the
  // sender.
  LinkSender(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
             const Address& target, LinkSenderOwner& owner, Metrics& metrics,
             const LinkSenderOptions& options = {});
  ~LinkSender();

  void start();
  // Ends the session (BYE) and closes the socket; batches not acknowledged stay in unacked().
  void stop();

  // True when a batch of `bytes` may be given now: connected, and the window has room.
  bool can_give(std::size_t bytes) const;
  // `first_sent`: when the receiver may have got it first, from an earlier process.
  void give(BatchPtr batch, std::optional<WallTime> first_sent = std::nullopt);

  // What was given and is not released, oldest first; and the same, taken away from this sender.
  std::size_t unacked() const { return flights_.size(); }
  std::uint64_t unacked_bytes() const { return unacked_bytes_; }
  struct Unacked {
    BatchPtr batch;
    bool sent = false;  // at least once: the receiver may have it
  };
  std::vector<Unacked> take_unacked();

  LinkState state() const { return state_; }
  const std::string& reason() const { return reason_; }  // of kRefused or kConnecting; may be ""
  const Address& target() const { return target_; }
  // What the receiver said of itself in the last WELCOME.
  const std::optional<Welcome>& peer() const { return peer_; }
  // When the state last became kConnected or stopped being so.
  MonoTime state_since() const { return state_since_; }
  // Nodes that batches given to this process come to: told in HELLO's `downstream`, at once when
  // they change.
  void set_downstream(std::vector<Uuid> nodes);

 private:
  struct Flight {
    BatchPtr batch;
    std::uint64_t frame = 0;  // in this session; 0: not sent in it yet
    int corrupt_rejects = 0;
    std::optional<WallTime> first_sent = std::nullopt;
    bool too_old = false;  // in doubt for too long: waits for its owner's word
    bool done = false;
    bool held = false;
  };

  void open_session();
  void close_session(const std::string& why);
  void reopen(const std::string& why, Micros at_least = Micros(0));
  void send_hello();
  void pump();
  void watch_writable(bool on);
  void on_socket();
  void on_monitor();
  void on_timer();
  void handle(const LinkHeader& header, std::string_view body);
  void handle_welcome(const Welcome& welcome);
  void handle_ack(const LinkAck& ack);
  void handle_reject(const LinkReject& reject);
  bool in_doubt_too_long(const Flight& flight) const;
  void give_up_too_old();
  void finish(Flight& flight);
  void release_done();
  Flight* find(const BatchId& id);
  void set_state(LinkState state, std::string reason);

  zmq::context_t& context_;
  EventLoop& loop_;
  const NodeIdentity self_;
  const Address target_;
  LinkSenderOwner& owner_;
  const LinkSenderOptions options_;
  Counter& resent_;
  Counter& sessions_;
  Counter& rejected_;

  std::optional<Socket> socket_;
  std::optional<Socket> monitor_;
  EventLoop::Id socket_watch_ = 0;
  EventLoop::Id monitor_watch_ = 0;
  EventLoop::Id timer_ = 0;
  EventLoop::Id reopen_timer_ = 0;
  EventLoop::Id give_up_timer_ = 0;
  bool running_ = false;

  // Of the session.
  std::uint64_t session_ = 0;
  std::uint64_t next_frame_ = 1;
  bool hello_waiting_ = false;  // for the connection
  bool hello_unanswered_ = false;
  std::uint64_t frames_at_hello_ = 0;
  MonoTime hello_at_{};
  MonoTime last_heard_{};
  MonoTime last_sent_{};
  Micros reopen_delay_{};
  bool welcomed_ = false;

  LinkState state_ = LinkState::kConnecting;
  MonoTime state_since_{};
  std::string reason_;
  std::optional<Welcome> peer_;
  std::vector<Uuid> downstream_;
  std::uint64_t window_ = 0;

  std::deque<Flight> flights_;
  std::uint64_t first_index_ = 0;  // absolute index of flights_.front()
  std::size_t sent_ = 0;           // flights_[0, sent_) were sent in this session
  std::unordered_map<BatchId, std::uint64_t, BatchIdHash> index_of_;
  std::uint64_t unacked_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;  // outstanding in this session
  std::uint64_t ever_sent_ = 0;   // absolute index below which a flight was sent in some session
};

}  // namespace ox
