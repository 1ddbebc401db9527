#include "common/http/http_reply.h"

#include "common/base/log.h"
#include "common/http/exchange.h"

namespace ox {

HttpReply::HttpReply(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {}

HttpReply& HttpReply::operator=(HttpReply&& other) noexcept {
  if (this != &other) {
    HttpReply old(std::move(exchange_));
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

HttpReply::~HttpReply() {
  if (exchange_ && wanted())
    send_error({.status = 500, .message = "the request was dropped without an answer"});
}

bool HttpReply::send(HttpResponse response) {
  if (!exchange_->claim()) return false;
  exchange_->response = std::move(response);
  exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kAnswer);
  return true;
}

HttpStream HttpReply::stream(HttpResponse head) {
  OX_CHECK(head.status() != 204 && head.status() != 304 && head.body().empty());
  if (!exchange_->claim()) {
    // Somebody else's answer stands; this one is written to nobody.
    auto nobody = std::make_shared<HttpExchange>(exchange_->mailbox, nullptr);
    nobody->body = std::make_shared<BodyPipe>(HttpStream::kRoom);
    nobody->body->set_gone();
    return HttpStream(std::move(nobody));
  }
  exchange_->ends_with_client.store(true, std::memory_order_release);
  exchange_->response = std::move(head);
  exchange_->body = std::make_shared<BodyPipe>(HttpStream::kRoom);
  exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kAnswer);
  return HttpStream(exchange_);
}

bool HttpReply::send_error(const HttpError& error) {
  if (!exchange_->claim()) return false;
  exchange_->response = error_response(*exchange_, error);
  exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kAnswer);
  return true;
}

void HttpReply::resume_reading() {
  exchange_->mailbox->post(exchange_, ReplyMailbox::Kind::kResume);
}

const HttpRequest& HttpReply::request() const { return exchange_->request; }

bool HttpReply::wanted() const {
  return !exchange_->claimed.load(std::memory_order_acquire) &&
         !exchange_->gone.load(std::memory_order_acquire);
}

void HttpReply::end_with_client() {
  exchange_->ends_with_client.store(true, std::memory_order_release);
}

void HttpReply::set_error_formatter(std::shared_ptr<const HttpErrorFormatter> formatter) {
  exchange_->formatter = std::move(formatter);
}

void HttpReply::set_body_limits(HttpBodyLimits limits) { exchange_->limits = limits; }

void HttpReply::accept_encoding(std::string_view name) {
  exchange_->own_encodings.emplace_back(name);
}

void HttpReply::set_parameters(std::vector<std::pair<std::string_view, std::string>> parameters) {
  exchange_->request.parameters_ = std::move(parameters);
}

}  // namespace ox
