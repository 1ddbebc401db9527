#pragma once
// The seam between the stream engine (stream_server.h) and a protocol: what a protocol is told, and
// what it may ask for. Everything here happens on the engine's thread, and must not block.
//
//   bytes --> consume() --> outlet().add(...)             nobody is answered: syslog, JSON
//                       `-> submit(group, done) ... done  answered when safe: RELP, Forward, Beats
//
// Back-pressure is the engine's: it stops reading from a connection whose peer takes no answers, or
// that has too much unanswered, and from all of them while the outlet is full.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/ingest/event_gate.h"
#include "common/ingest/event_group.h"
#include "common/ingest/stream/event_outlet.h"

namespace ox {

struct StreamPeer {
  std::string host;        // for the events: its address, or our own node name when it is local
  std::string address;     // for people and for dedup: "192.0.2.7:4711"; "local" on a unix socket
  std::uint16_t port = 0;  // 0 on a unix socket
  bool remote = false;     // it is on another machine
};

// A connection, as its session sees it.
class StreamConnection {
 public:
  virtual ~StreamConnection() = default;

  virtual const StreamPeer& peer() const = 0;
  // Sends the bytes, in order with all others: soon, many answers in one write.
  virtual void send(std::string_view bytes) = 0;
  // Hands the events on. `done` is called later, on the engine's thread, unless the connection has
  // ended by then: kSafe (they may be acknowledged), kRefused (they are gone, the next hop will not
  // have them), kInDoubt (we are ending; they must not be acknowledged). In the order of submit().
  virtual void submit(EventGroup group, std::function<void(Delivery)> done) = 0;
  // The same, but `done` is called also when the connection and its session have ended by then: it
  // must touch neither. Only when the server has ended, it is not.
  virtual void submit_watched(EventGroup group, std::function<void(Delivery)> done) = 0;
  // Too much is unanswered: consume() should return without the rest, which comes again.
  virtual bool full() const = 0;
  // Nothing more is read. What was sent still goes out, and answers may still be sent; it is closed
  // once every `done` has been called and everything has left.
  virtual void end() = 0;
  // Closed at once, after consume() or `done` has returned; answers that wait go nowhere.
  virtual void abort() = 0;
};

// A protocol's state for one connection. It is destroyed with the connection, never from inside one
// of its own calls.
class StreamSession {
 public:
  virtual ~StreamSession() = default;

  // All bytes that are not consumed yet. Returns how many of them, from the front, now are; the
  // rest comes again with more behind it. A session must give up (abort()) on a frame that is over
  // its limit: the engine keeps what is not consumed.
  virtual std::size_t consume(std::string_view bytes) = 0;
  // consume() would be of no use before so many bytes are there; 0: as soon as there are more.
  virtual std::size_t needs() const { return 0; }
  // The peer sends nothing more, or we are ending and what it sent so far was read. `rest`: what
  // was not consumed. Answers may still be sent. Not called after end() and abort().
  virtual void finish(std::string_view rest) { static_cast<void>(rest); }
  // What had arrived is consumed for now: a good moment to submit() what was gathered.
  virtual void settle() {}
  // A few times a second, until nothing is read any more and everything is answered.
  virtual void tick() {}
};

// Makes the sessions of a listener. One object for all its connections.
class StreamProtocol {
 public:
  virtual ~StreamProtocol() = default;
  // The connection outlives its session.
  virtual std::unique_ptr<StreamSession> open(StreamConnection& connection) = 0;
  // At the end, what the peers have sent is still read as far as it has arrived: right for those
  // that are never told what became of it, useless for those that send again what is not
  // acknowledged.
  virtual bool reads_to_the_end() const { return true; }
};

class DatagramProtocol {
 public:
  virtual ~DatagramProtocol() = default;
  // One datagram; `bytes` are cut at the receiver's limit when `cut`. Returns what to send back,
  // borrowed until the next call; as a rule nothing.
  virtual std::string_view datagram(std::string_view bytes, bool cut, const StreamPeer& from) = 0;
};

}  // namespace ox
