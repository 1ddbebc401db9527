#include "common/http/io_loop.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "common/base/thread.h"
#include "common/http/connection.h"
#include "common/http/exchange.h"
#include "common/http/http_date.h"

namespace ox {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kPiece = 64u << 10;

}  // namespace

IoLoop::IoLoop(ServerState& state)
    : state_(state),
      work_(context_.get_executor()),
      mailbox_(std::make_shared<ReplyMailbox>([this] { post([] {}); })),
      ticker_(context_),
      now_(clock_.mono()),
      wheel_(now_),
      // A head that is not complete yet, and what comes next.
      input_(kPiece + state.options.limits.header_bytes),
      decoded_(kPiece) {}

IoLoop::~IoLoop() {
  mailbox_->close();
  join();
}

void IoLoop::start() {
  thread_ = start_thread("http", [this] {
    mailbox_->set_owner(std::this_thread::get_id());
    context_.run();
  });
}

void IoLoop::post(std::function<void()> f) {
  asio::post(context_, [this, f = std::move(f)] { run(f); });
}

void IoLoop::stop() {
  post([this] {
    stopped_ = true;
    auto all = connections_;
    for (auto& connection : all) connection->abandon(BodyAbort::kStopping);
    mailbox_->close();
    work_.reset();
    ticker_.cancel();
    context_.stop();
  });
}

void IoLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void IoLoop::touch(Connection& connection) {
  if (connection.mark_touched()) touched_.push_back(connection.shared_from_this());
}

void IoLoop::add(std::shared_ptr<Connection> connection) {
  connection->set_index(connections_.size());
  connections_.push_back(std::move(connection));
  start_ticking();
}

void IoLoop::remove(Connection& connection) {
  wheel_.remove(connection);
  std::size_t index = connection.index();
  std::swap(connections_[index], connections_.back());
  connections_[index]->set_index(index);
  touched_.push_back(std::move(connections_.back()));  // lives until nobody is inside it
  connections_.pop_back();
  state_.connections.fetch_sub(1);
  if (state_.on_closed) state_.on_closed();
}

void IoLoop::drain() {
  draining_ = true;
  auto all = connections_;
  for (auto& connection : all) connection->drain();
}

void IoLoop::settle() {
  // Every round hands on what the former one caused; a connection has a bounded amount of input
  // left, so this comes to an end.
  for (;;) {
    deliver_answers();
    if (touched_.empty()) return;
    turning_.swap(touched_);
    for (auto& connection : turning_) connection->turn();
    turning_.clear();
  }
}

void IoLoop::deliver_answers() {
  mailbox_->take(answers_);
  for (auto& [exchange, kind] : answers_) {
    if (!exchange->connection) {
      if (kind != ReplyMailbox::Kind::kResume && exchange->body) exchange->body->set_gone();
      continue;
    }
    if (kind == ReplyMailbox::Kind::kAnswer)
      exchange->connection->answered(*exchange);
    else if (kind == ReplyMailbox::Kind::kBody)
      touch(*exchange->connection);
    else
      exchange->connection->resumed(*exchange);
  }
  answers_.clear();
}

void IoLoop::start_ticking() {
  if (ticking_ || stopped_) return;
  ticking_ = true;
  ticker_.expires_after(DeadlineWheel::kTick);
  ticker_.async_wait([this](const boost::system::error_code& ec) {
    ticking_ = false;
    if (!ec) run([this] { tick(); });
  });
}

void IoLoop::tick() {
  wheel_.turn(now_, expired_);
  for (DeadlineWheel::Entry* entry : expired_) static_cast<Connection*>(entry)->expired();
  if (!connections_.empty()) start_ticking();
}

std::string_view IoLoop::date_field() {
  if (now_ >= date_until_) {
    WallTime wall = clock_.wall();
    date_ = "Date: " + http_date(wall) + "\r\n";
    date_until_ = now_ + (Seconds(1) - wall % Seconds(1));
  }
  return date_;
}

}  // namespace ox
