#include "common/http/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ox {

Connection::Connection(IoLoop& loop, int fd, std::shared_ptr<const HttpPeer> peer,
                       std::shared_ptr<const TlsContext> tls)
    : loop_(loop),
      options_(loop.state().options),
      counters_(loop.state().counters),
      descriptor_(loop.context(), fd),
      tls_(std::move(tls)),
      peer_(std::move(peer)),
      stream_(fd, tls_.get()),
      phase_(tls_ ? Phase::kHandshake : Phase::kHead) {}

void Connection::start() {
  // Clients mostly send as soon as they are connected: looking at once saves a wait.
  if (phase_ == Phase::kHandshake)
    shake_hands();
  else
    receive();
  if (phase_ != Phase::kClosed) loop_.touch(*this);
}

void Connection::refuse() {
  counters_.refused.add();
  if (phase_ == Phase::kHandshake) return abandon(BodyAbort::kStopping);
  auto exchange = std::make_shared<HttpExchange>(loop_.mailbox(), this);
  exchange->default_formatter = loop_.state().error;
  exchange->claim();
  exchange->response = error_response(
      *exchange, {.status = 503, .message = "too many connections", .retry_after = Seconds(1)});
  exchange->ready = exchange->close = true;
  pipeline_.push_back(std::move(exchange));
  phase_ = Phase::kLast;
  loop_.touch(*this);
}

void Connection::wait_readable() {
  if (std::exchange(reading_, true)) return;
  descriptor_.async_wait(IoLoop::Descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code&) {
                           self->reading_ = false;
                           self->loop_.run([&] { self->on_readable(); });
                         });
}

void Connection::wait_writable() {
  if (std::exchange(writing_, true)) return;
  descriptor_.async_wait(IoLoop::Descriptor::wait_write,
                         [self = shared_from_this()](const boost::system::error_code&) {
                           self->writing_ = false;
                           self->loop_.run([&] { self->on_writable(); });
                         });
}

void Connection::on_readable() {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kHandshake) {
    shake_hands();
  } else if (phase_ == Phase::kLinger || (phase_ == Phase::kLast && wants_input())) {
    if (stream_.discard() != StreamState::kWantRead) return abandon(BodyAbort::kClientGone);
  } else if (wants_input()) {
    receive();
  }
  if (phase_ != Phase::kClosed) loop_.touch(*this);
}

void Connection::on_writable() {
  if (phase_ == Phase::kClosed) return;
  handshake_writes_ = false;
  if (phase_ == Phase::kHandshake) shake_hands();
  if (phase_ != Phase::kClosed) loop_.touch(*this);
}

void Connection::shake_hands() {
  switch (stream_.handshake()) {
    case StreamState::kOk:
      phase_ = Phase::kHead;
      receive();
      break;
    case StreamState::kWantRead:
      break;
    case StreamState::kWantWrite:
      handshake_writes_ = true;
      break;
    default:
      abandon(BodyAbort::kClientGone);
  }
}

void Connection::receive() {
  std::span<char> buffer = loop_.input();
  std::size_t kept = in_.size();
  // No more than a head, or it would have been refused.
  std::memcpy(buffer.data(), in_.data(), kept);
  StreamResult got = stream_.read(buffer.data() + kept, buffer.size() - kept);
  counters_.bytes_received.add(got.bytes);
  if (got.bytes > 0) {
    std::string_view data(buffer.data(), kept + got.bytes);
    std::size_t used = process(data);
    if (phase_ == Phase::kHead || phase_ == Phase::kBody)
      in_.assign(data.substr(used));
    else
      std::string().swap(in_);
    if (in_.empty() && in_.capacity() > 64) std::string().swap(in_);
  }
  if (got.state == StreamState::kEnd) return on_end_of_input();
  if (got.state == StreamState::kError) return abandon(BodyAbort::kClientGone);
}

void Connection::on_end_of_input() {
  end_of_input_ = true;
  if (phase_ == Phase::kBody && !(parser_->done())) {
    // The request will never be whole: nobody can be answered.
    counters_.aborted.add();
    if (!pipeline_.empty() && pipeline_.back() == current_) {
      forget(*current_);
      pipeline_.pop_back();
    }
    abort_reader(BodyAbort::kClientGone);
    current_ = nullptr;
    phase_ = Phase::kLast;
  } else if (phase_ == Phase::kHead && in_.empty()) {
    phase_ = Phase::kLast;
  }
  if (phase_ == Phase::kLast && all_end_with_client()) return abandon(BodyAbort::kClientGone);
  // Otherwise there are requests left in in_, or a body that its reader has paused: turn() goes on
  // with them, and ends when they are done.
}

bool Connection::wants_input() const {
  if (end_of_input_) return false;
  switch (phase_) {
    case Phase::kHandshake:
      return !handshake_writes_;
    case Phase::kHead:
      return has_room();
    case Phase::kBody:
      return !paused_ && !parser_->done();
    case Phase::kLinger:
      return true;
    case Phase::kLast:
      return all_end_with_client();
    case Phase::kClosed:
      return false;
  }
  return false;
}

// There are requests, and nobody who has gone wants their answers.
bool Connection::all_end_with_client() const {
  return !pipeline_.empty() && (out_.empty() || pipeline_.front()->head_sent) &&
         std::all_of(pipeline_.begin(), pipeline_.end(), [](const auto& exchange) {
           return exchange->ends_with_client.load(std::memory_order_acquire) &&
                  (!exchange->ready || exchange->body != nullptr);
         });
}

void Connection::turn() {
  touched_ = false;
  if (phase_ == Phase::kClosed) return;
  write_answers();
  if (phase_ == Phase::kClosed) return;
  if (!in_.empty() &&
      ((phase_ == Phase::kHead && has_room()) || (phase_ == Phase::kBody && !paused_))) {
    std::string data = std::move(in_);
    in_.clear();
    std::size_t used = process(data);
    if (phase_ == Phase::kHead || phase_ == Phase::kBody) in_.assign(data, used);
    if (used > 0) loop_.touch(*this);
    write_answers();
    if (phase_ == Phase::kClosed) return;
    // What is left is part of a head, and its end will never come.
    if (end_of_input_ && used == 0 && phase_ == Phase::kHead && has_room()) {
      in_.clear();
      phase_ = Phase::kLast;
    }
  } else if (end_of_input_ && in_.empty() && phase_ == Phase::kHead) {
    phase_ = Phase::kLast;
  }
  if (loop_.draining() && idle()) phase_ = Phase::kLast;
  if (phase_ == Phase::kLast && pipeline_.empty() && out_.empty()) finish();
  if (phase_ == Phase::kClosed) return;
  if (wants_input()) {
    if (phase_ != Phase::kLinger && phase_ != Phase::kHandshake && stream_.has_buffered()) {
      // Decrypted already, so the socket will not say so.
      loop_.post([self = shared_from_this()] { self->on_readable(); });
    } else {
      wait_readable();
    }
  }
  if (!out_.empty() || handshake_writes_) wait_writable();
  update_deadline();
}

void Connection::finish() {
  if (end_of_input_) return abandon(BodyAbort::kClientGone);
  stream_.end_sending();
  phase_ = Phase::kLinger;
  if (stream_.discard() != StreamState::kWantRead) abandon(BodyAbort::kClientGone);
}

void Connection::drain() {
  if (phase_ == Phase::kClosed) return;
  // A request that has just arrived is at hand as well.
  if (idle() && wants_input()) receive();
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kHandshake || idle()) return abandon(BodyAbort::kStopping);
  for (const auto& exchange : pipeline_)
    if (exchange->ready && exchange->body) exchange->body->set_draining();
  loop_.touch(*this);
}

void Connection::abandon(BodyAbort reason) {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  if (!pipeline_.empty()) counters_.aborted.add();
  drop_pipeline();
  abort_reader(reason);
  current_ = nullptr;
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  loop_.remove(*this);
}

bool Connection::idle() const {
  return phase_ == Phase::kHead && in_.empty() && pipeline_.empty() && out_.empty();
}

Connection::Timer Connection::timer_now() const {
  switch (phase_) {
    case Phase::kHandshake:
      return Timer::kFirstHead;
    case Phase::kHead:
      if (!in_.empty()) return has_room() ? Timer::kHead : Timer::kNone;
      if (!idle()) return Timer::kNone;
      return first_request_ ? Timer::kFirstHead : Timer::kIdle;
    case Phase::kBody:
      return paused_ || parser_->done() ? Timer::kNone : Timer::kBody;
    case Phase::kLinger:
      return Timer::kLinger;
    default:
      return Timer::kNone;
  }
}

Millis Connection::duration(Timer timer) const {
  const HttpDeadlines& deadlines = options_.deadlines;
  switch (timer) {
    case Timer::kFirstHead:
    case Timer::kHead:
      return deadlines.headers;
    case Timer::kBody:
      return deadlines.body;
    case Timer::kIdle:
      return deadlines.idle;
    case Timer::kLinger:
      return deadlines.linger;
    case Timer::kNone:
      break;
  }
  return Millis(0);
}

void Connection::update_deadline() {
  auto from_now = [this](Millis time) {
    return time.count() > 0 ? loop_.now() + time : DeadlineWheel::kNever;
  };
  Timer timer = timer_now();
  if (timer != timer_ || refresh_timer_) {
    timer_ = timer;
    read_deadline_ = from_now(duration(timer));
  }
  refresh_timer_ = false;
  if (out_.empty())
    write_deadline_ = DeadlineWheel::kNever;
  else if (write_deadline_ == DeadlineWheel::kNever)
    write_deadline_ = from_now(options_.deadlines.write);
  MonoTime next = std::min(read_deadline_, write_deadline_);
  if (next != deadline()) loop_.wheel().set(*this, next);
}

void Connection::expired() {
  if (phase_ == Phase::kClosed) return;
  if (write_deadline_ <= loop_.now()) {
    counters_.timeouts.add();
    return abandon(BodyAbort::kClientGone);
  }
  switch (timer_) {
    case Timer::kHead:
      counters_.timeouts.add();
      fail({.status = 408, .message = "the header did not arrive in time"}, BodyAbort::kTimeout);
      break;
    case Timer::kBody:
      counters_.timeouts.add();
      fail({.status = 408, .message = "the body did not arrive in time"}, BodyAbort::kTimeout);
      break;
    case Timer::kFirstHead:
      counters_.timeouts.add();
      return abandon(BodyAbort::kTimeout);
    case Timer::kIdle:
    case Timer::kLinger:
      return abandon(BodyAbort::kTimeout);
    case Timer::kNone:
      break;
  }
  loop_.touch(*this);
}

}  // namespace ox
