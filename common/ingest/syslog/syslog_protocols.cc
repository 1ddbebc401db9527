#include "common/ingest/syslog/syslog_protocols.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/stream/python_pickle.h"
#include "common/ingest/syslog/syslog_events.h"
#include "common/ingest/syslog/syslog_frames.h"

namespace ox {
namespace {

// What the connections of a server share; one thread.
class SyslogTaker {
 public:
  SyslogTaker(const SyslogSetup& setup, EventOutlet& outlet)
      : setup_(setup),
        outlet_(outlet),
        events_(setup.type),
        pickles_(setup.metrics.counter(fmt::format("stream.{}.pickles", setup.name))),
        broken_(setup.metrics.counter(fmt::format("stream.{}.broken", setup.name))),
        cut_(setup.metrics.counter(fmt::format("stream.{}.cut", setup.name))) {}

  WallTime now() const { return setup_.clock.wall(); }
  std::size_t max_message() const { return setup_.max_message; }
  std::string_view header() const { return events_.header(); }

  void take(std::string_view text, const StreamPeer& peer, WallTime at, bool partial = false) {
    SyslogEvents::Event event;
    Status status = events_.make(text, peer, at, partial, event);
    if (status.ok()) status = outlet_.add(event.type, event.host, event.end, event.body);
    if (!status.ok())
      limiter_.warn("event",
                    fmt::format("{}: {}: {}", setup_.option, peer.address, status.message()));
  }
  void note_pickle(const StreamPeer& peer) {
    if (pickles_.value() == 0)
      log_warning("{}: {}: {}: use SysLogHandler here, or HTTPHandler to --http", setup_.option,
                  peer.address, kPickleRefused);
    pickles_.add();
  }
  void note_broken(const StreamPeer& peer) {
    broken_.add();
    limiter_.warn("broken", fmt::format("{}: {} sends no frames of syslog, or longer ones than "
                                        "--max-event-size: the connection is closed",
                                        setup_.option, peer.address));
  }
  void note_piece() { cut_.add(); }

 private:
  const SyslogSetup setup_;
  EventOutlet& outlet_;
  SyslogEvents events_;
  Counter& pickles_;
  Counter& broken_;
  Counter& cut_;
  LogLimiter limiter_;
};

class SyslogSession : public StreamSession {
 public:
  SyslogSession(StreamConnection& connection, SyslogTaker& taker)
      : connection_(connection), taker_(taker), frames_(taker.max_message()) {}

  std::size_t consume(std::string_view bytes) override {
    const WallTime now = taker_.now();
    SyslogFrames::Frame frame;
    std::size_t at = 0;
    for (;;) {
      switch (frames_.next(bytes, at, frame)) {
        case SyslogFrames::Outcome::kFrame:
          take(frame, now);
          break;
        case SyslogFrames::Outcome::kMore:
          return at;
        case SyslogFrames::Outcome::kBroken:
          taker_.note_broken(connection_.peer());
          connection_.abort();
          return at;
        case SyslogFrames::Outcome::kPickle:
          taker_.note_pickle(connection_.peer());
          connection_.abort();
          return at;
      }
    }
  }

  void finish(std::string_view rest) override {
    SyslogFrames::Frame frame;
    if (frames_.rest(rest, frame)) take(frame, taker_.now());
  }

 private:
  void take(const SyslogFrames::Frame& frame, WallTime now) {
    if (frame.starts && frame.ends) return taker_.take(frame.text, connection_.peer(), now);
    // Each piece is an event of its own, with the head of the first.
    std::string piece = frame.starts ? std::string() : head_;
    piece += frame.text;
    taker_.note_piece();
    taker_.take(piece, connection_.peer(), now, !frame.ends);
    head_ = frame.ends ? std::string() : std::string(taker_.header());
  }

  StreamConnection& connection_;
  SyslogTaker& taker_;
  SyslogFrames frames_;
  std::string head_;
};

class SyslogStream : public StreamProtocol {
 public:
  SyslogStream(const SyslogSetup& setup, EventOutlet& outlet) : taker_(setup, outlet) {}
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override {
    return std::make_unique<SyslogSession>(connection, taker_);
  }

 private:
  SyslogTaker taker_;
};

class SyslogDatagrams : public DatagramProtocol {
 public:
  SyslogDatagrams(const SyslogSetup& setup, EventOutlet& outlet) : taker_(setup, outlet) {}
  std::string_view datagram(std::string_view bytes, bool cut, const StreamPeer& from) override {
    if (begins_like_pickle(bytes)) {
      taker_.note_pickle(from);
    } else if (bytes.find_first_not_of(std::string_view("\r\n\0 ", 4)) != std::string_view::npos) {
      taker_.take(bytes, from, taker_.now(), cut);
    }
    return {};
  }

 private:
  SyslogTaker taker_;
};

}  // namespace

std::unique_ptr<StreamProtocol> syslog_stream(const SyslogSetup& setup, EventOutlet& outlet) {
  return std::make_unique<SyslogStream>(setup, outlet);
}

std::unique_ptr<DatagramProtocol> syslog_datagrams(const SyslogSetup& setup, EventOutlet& outlet) {
  return std::make_unique<SyslogDatagrams>(setup, outlet);
}

}  // namespace ox
