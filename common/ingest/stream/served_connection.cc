#include "common/ingest/stream/served_connection.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace ox {
namespace {

// Answers that the peer does not read; then nothing more is read from it.
constexpr std::size_t kMaxOutput = 1 << 20;
// For the peer to take our end of the connection before it is cut.
constexpr Micros kCloseWithin = Seconds(1);
constexpr int kReadsInTurn = 4;

}  // namespace

ServedConnection::ServedConnection(StreamContext& context, UniqueFd fd, StreamPeer peer,
                                   StreamProtocol& protocol, const ByteStreams& streams)
    : context_(context),
      fd_(std::move(fd)),
      peer_(std::move(peer)),
      protocol_(protocol),
      secure_(streams.secure()),
      stream_(streams.open(fd_.get())) {}

ServedConnection::~ServedConnection() {
  if (fd_.valid() && watched_) context_.loop.unwatch(fd_.get());
}

void ServedConnection::start() {
  session_ = protocol_.open(*this);
  if (secure_) {
    state_ = State::kHandshake;
    deadline_ = context_.clock.mono() + context_.options.handshake_within;
  }
  touch();  // a session may begin by sending
  update_interest();
}

void ServedConnection::touch() {
  if (std::exchange(touched_, true)) return;
  context_.touched.push_back(shared_from_this());
}

void ServedConnection::ready(std::uint32_t events) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandshake) return shake_hands();
  if (state_ == State::kClosing) return discard();
  if ((events & EPOLLOUT) != 0 || wants_write_) {
    wants_write_ = false;
    touch();
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) {
    if (state_ == State::kReading && may_read())
      read_some();
    else if ((events & (EPOLLHUP | EPOLLERR)) != 0 && state_ != State::kReading)
      abort();  // nobody is there to hear the answers
  }
  if (state_ != State::kClosed) update_interest();
}

void ServedConnection::shake_hands() {
  switch (stream_->handshake()) {
    case StreamState::kOk:
      state_ = State::kReading;
      deadline_ = MonoTime(-1);
      wants_write_ = false;
      touch();
      read_some();  // OpenSSL may have taken more than the handshake from the socket
      break;
    case StreamState::kWantRead:
      wants_write_ = false;
      break;
    case StreamState::kWantWrite:
      wants_write_ = true;
      break;
    case StreamState::kEnd:
    case StreamState::kError:
      context_.limiter.warn("tls", fmt::format("{}: {} failed to establish TLS",
                                               context_.options.option, peer_.address));
      abort();
      break;
  }
  if (state_ != State::kClosed) update_interest();
}

bool ServedConnection::may_read() const {
  return state_ == State::kReading && !stalled_ && !full() && output_.size() < kMaxOutput &&
         !context_.outlet.full();
}

void ServedConnection::read_some() {
  for (int i = 0; i < kReadsInTurn && may_read(); ++i)
    if (!read_once()) return;
  // What OpenSSL has decrypted already, no readiness of the socket tells of.
  if (state_ == State::kReading && stream_->has_buffered())
    context_.loop.post([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->go_on();
    });
}

bool ServedConnection::read_once() {
  char* const start = context_.buffer.data() + StreamContext::kRestBytes;
  const StreamResult got = stream_->read(start, StreamContext::kReadBytes);
  if (got.bytes > 0) {
    context_.bytes.add(got.bytes);
    touch();
    const std::string_view fresh(start, got.bytes);
    if (rest_.size() <= StreamContext::kRestBytes) {
      // In front of the new bytes, instead of these behind the old ones: there are less of them.
      std::memcpy(start - rest_.size(), rest_.data(), rest_.size());
      const std::string_view all(start - rest_.size(), rest_.size() + got.bytes);
      const std::string_view left = all.substr(feed(all));
      if (left.empty() && rest_.capacity() > 1024)
        rest_ = std::string();  // most of many connections are quiet
      else
        rest_.assign(left);
    } else {
      rest_.append(fresh);
      feed_rest();
    }
  }
  switch (got.state) {
    case StreamState::kOk:
      return got.bytes > 0;
    case StreamState::kWantRead:
      if (draining_ && state_ == State::kReading) peer_ended();
      return false;
    case StreamState::kWantWrite:
      wants_write_ = true;
      return false;
    case StreamState::kEnd:
    case StreamState::kError:
      peer_ended();
      return false;
  }
  return false;
}

std::size_t ServedConnection::feed(std::string_view bytes) {
  if (bytes.size() < session_->needs()) return 0;
  const std::size_t used = session_->consume(bytes);
  if (state_ != State::kReading) return bytes.size();
  stalled_ = used < bytes.size() && full();
  return used;
}

void ServedConnection::feed_rest() {
  const std::size_t used = feed(rest_);
  rest_.erase(0, used);
}

void ServedConnection::peer_ended() {
  if (state_ != State::kReading) return;
  ended_ = true;
  if (stalled_) return;  // until the rest is consumed
  stop_reading();
}

void ServedConnection::stop_reading() {
  if (state_ == State::kHandshake) return abort();
  if (state_ != State::kReading) return;
  session_->finish(std::exchange(rest_, std::string()));
  if (state_ == State::kReading) state_ = State::kAnswering;
  touch();
}

void ServedConnection::go_on() {
  if (state_ == State::kHandshake) return;
  if (state_ == State::kReading && stalled_ && !full() && !context_.outlet.full()) {
    stalled_ = false;
    touch();
    feed_rest();
    if (ended_ && !stalled_) stop_reading();
  }
  if (may_read() && (draining_ || stream_->has_buffered())) read_some();
  if (state_ != State::kClosed) update_interest();
}

void ServedConnection::drain() {
  draining_ = true;
  if (state_ == State::kHandshake) return abort();
  if (state_ == State::kReading && !protocol_.reads_to_the_end()) {
    state_ = State::kAnswering;
    touch();
  }
  go_on();
}

void ServedConnection::send(std::string_view bytes) {
  if (aborted_ || state_ == State::kClosing || state_ == State::kClosed) return;
  output_.append(bytes);
  touch();
}

void ServedConnection::submit(EventGroup group, std::function<void(Delivery)> done) {
  hand_over(std::move(group), std::move(done), false);
}

void ServedConnection::submit_watched(EventGroup group, std::function<void(Delivery)> done) {
  hand_over(std::move(group), std::move(done), true);
}

// watched: `done` is called whether we are still there or not.
void ServedConnection::hand_over(EventGroup group, std::function<void(Delivery)> done,
                                 bool watched) {
  const std::uint64_t bytes = group.bytes();
  ++unanswered_;
  unanswered_bytes_ += bytes;
  // std::function wants to be copied.
  auto answer = std::make_shared<std::function<void(Delivery)>>(std::move(done));
  context_.gate.hand_over(std::move(group), {},
                          [post = context_.loop.poster(), weak = weak_from_this(), bytes, answer,
                           watched](Delivery delivery) {
                            post([weak, bytes, answer, watched, delivery] {
                              auto self = weak.lock();
                              if (watched) (*answer)(delivery);
                              if (self)
                                self->answered(bytes, watched ? nullptr : *answer, delivery);
                            });
                          });
}

void ServedConnection::answered(std::uint64_t bytes, const std::function<void(Delivery)>& done,
                                Delivery delivery) {
  --unanswered_;
  unanswered_bytes_ -= bytes;
  if (aborted_ || state_ == State::kClosed) return;
  if (done) done(delivery);
  touch();
}

bool ServedConnection::full() const { return unanswered_bytes_ >= context_.options.max_unanswered; }

void ServedConnection::end() {
  if (state_ == State::kReading || state_ == State::kHandshake) state_ = State::kAnswering;
  touch();
}

void ServedConnection::abort() {
  if (state_ == State::kClosed || std::exchange(aborted_, true)) return;
  context_.errors.add();
  if (state_ == State::kReading || state_ == State::kHandshake) state_ = State::kAnswering;
  touch();
}

void ServedConnection::turn() {
  touched_ = false;
  if (state_ == State::kClosed) return;
  if (state_ != State::kHandshake && !aborted_) {
    session_->settle();
    go_on();
    if (state_ != State::kHandshake && !output_.empty()) write_some();
  }
  if (state_ == State::kAnswering) close_when_done();
  if (state_ != State::kClosed) update_interest();
}

void ServedConnection::write_some() {
  while (sent_ < output_.size()) {
    const StreamResult result = stream_->write(std::string_view(output_).substr(sent_));
    sent_ += result.bytes;
    if (result.state == StreamState::kOk) continue;
    if (result.state == StreamState::kWantWrite || result.state == StreamState::kWantRead) {
      wants_write_ = result.state == StreamState::kWantWrite;
      return;
    }
    // The peer hears nothing any more. What it sent before is read all the same.
    output_.clear();
    sent_ = 0;
    return;
  }
  output_.clear();
  sent_ = 0;
}

void ServedConnection::close_when_done() {
  if (aborted_) return close();
  if (unanswered_ > 0 || !output_.empty()) return;
  stream_->end_sending();
  if (ended_) return close();
  // Closed at once, bytes that were not read would make the system drop our last answers.
  state_ = State::kClosing;
  deadline_ = context_.clock.mono() + kCloseWithin;
  discard();
}

void ServedConnection::discard() {
  if (stream_->discard() == StreamState::kWantRead) return update_interest();
  close();
}

void ServedConnection::tick(MonoTime now) {
  if ((state_ == State::kReading || state_ == State::kAnswering) && !aborted_) session_->tick();
  if (deadline_ < MonoTime(0) || now < deadline_) return;
  if (state_ == State::kHandshake) abort();
  if (state_ == State::kClosing) close();
}

void ServedConnection::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  if (watched_) context_.loop.unwatch(fd_.get());
  watched_ = false;
  fd_.reset();
}

void ServedConnection::update_interest() {
  if (state_ == State::kClosed) return;
  std::uint32_t wanted = 0;
  if (state_ == State::kHandshake || state_ == State::kClosing || may_read()) wanted |= EPOLLIN;
  if (wants_write_ || (!output_.empty() && state_ != State::kHandshake)) wanted |= EPOLLOUT;
  // While answers are waited for, only the end of the connection is of interest.
  if (wanted == interest_ && watched_ == (wanted != 0)) return;
  interest_ = wanted;
  if (wanted == 0) {
    // Not watched at all: epoll would tell of a hang-up again and again.
    if (std::exchange(watched_, false)) context_.loop.unwatch(fd_.get());
  } else if (std::exchange(watched_, true)) {
    context_.loop.change(fd_.get(), wanted, *this);
  } else {
    context_.loop.watch(fd_.get(), wanted, *this);
  }
}

}  // namespace ox
