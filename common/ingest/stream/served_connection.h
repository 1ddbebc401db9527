#pragma once
// Internal to common/ingest/stream. One connection: its bytes to the session, the session's answers
// to the peer.
//
//   handshake (TLS) -> reading -> [peer ended | end() | drain] -> answering -> closing -> closed
//
// Threading: the engine's thread.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "common/base/unique_fd.h"
#include "common/http/byte_stream.h"
#include "common/ingest/stream/stream_context.h"

namespace ox {

class ServedConnection : public StreamConnection,
                         public StreamLoop::Watched,
                         public std::enable_shared_from_this<ServedConnection> {
 public:
  // The context and the protocol outlive it.
  ServedConnection(StreamContext& context, UniqueFd fd, StreamPeer peer, StreamProtocol& protocol,
                   const ByteStreams& streams);
  ~ServedConnection() override;

  void start();
  // After each round in which it was touched: settles the session, and writes.
  void turn();
  // There is room again.
  void go_on();
  void drain();
  // Reads no more, and hands over what there is.
  void stop_reading();
  void tick(MonoTime now);
  bool closed() const { return !fd_.valid(); }

  // StreamConnection
  const StreamPeer& peer() const override { return peer_; }
  void send(std::string_view bytes) override;
  void submit(EventGroup group, std::function<void(Delivery)> done) override;
  void submit_watched(EventGroup group, std::function<void(Delivery)> done) override;
  bool full() const override;
  void end() override;
  void abort() override;

  // Watched
  void ready(std::uint32_t events) override;

 private:
  enum class State { kHandshake, kReading, kAnswering, kClosing, kClosed };

  void touch();
  void shake_hands();
  void read_some();
  // False when nothing was read: it waits, or has ended.
  bool read_once();
  std::size_t feed(std::string_view bytes);
  void feed_rest();
  void peer_ended();
  void hand_over(EventGroup group, std::function<void(Delivery)> done, bool watched);
  void answered(std::uint64_t bytes, const std::function<void(Delivery)>& done, Delivery delivery);
  void write_some();
  void close_when_done();
  void discard();
  void close();
  bool may_read() const;
  void update_interest();

  StreamContext& context_;
  UniqueFd fd_;
  const StreamPeer peer_;
  StreamProtocol& protocol_;
  const bool secure_;
  const std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<StreamSession> session_;

  State state_ = State::kReading;
  std::string rest_;      // read, and not consumed
  bool stalled_ = false;  // the rest is to be offered again when there is room
  bool ended_ = false;    // the peer has
  bool aborted_ = false;
  bool draining_ = false;
  bool touched_ = false;
  std::string output_;
  std::size_t sent_ = 0;          // of output_
  std::uint64_t unanswered_ = 0;  // groups
  std::uint64_t unanswered_bytes_ = 0;
  std::uint32_t interest_ = 0;
  bool watched_ = false;
  bool wants_write_ = false;
  MonoTime deadline_{-1};  // of the handshake, and of closing
};

}  // namespace ox
