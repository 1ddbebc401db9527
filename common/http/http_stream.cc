#include "common/http/http_stream.h"

#include <utility>

#include "common/http/body_pipe.h"
#include "common/http/exchange.h"

namespace ox {

HttpStream::HttpStream(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}

HttpStream& HttpStream::operator=(HttpStream&& other) noexcept {
  if (this != &other) {
    HttpStream old;
    old.exchange_ = std::move(exchange_);
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

HttpStream::~HttpStream() {
  if (exchange_) close(false);
}

bool HttpStream::write(std::string bytes) {
  bool tell = false;
  const bool taken = wanted() && exchange_->body->write(std::move(bytes), tell);
  if (tell) exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kBody);
  return taken;
}

bool HttpStream::has_room() const { return !wanted() || exchange_->body->has_room(); }

bool HttpStream::wait_for_room(Micros at_most) const {
  return !wanted() || exchange_->body->wait_for_room(at_most);
}

void HttpStream::on_change(std::function<void()> f) { exchange_->body->on_change(std::move(f)); }

bool HttpStream::wanted() const {
  return exchange_->body->wanted() && !exchange_->gone.load(std::memory_order_acquire);
}

bool HttpStream::ending() const { return exchange_->body->draining(); }

void HttpStream::end() { close(true); }

void HttpStream::close(bool complete) {
  bool tell = false;
  exchange_->body->close(complete, tell);
  if (tell) exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kBody);
}

}  // namespace ox
