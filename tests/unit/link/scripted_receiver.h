#pragma once
// The receiving end of the link on the test's own loop: it notes what comes, and answers what the
// test tells it to.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/socket.h"
#include "proto/batch.h"
#include "proto/link.h"

namespace ox {

struct ReceivedBatch {
  BatchId id;
  std::uint64_t frame = 0;
  std::vector<std::string> bodies;
};

class ScriptedReceiver {
 public:
  ScriptedReceiver(zmq::context_t& context, EventLoop& loop) : context_(context), loop_(loop) {
    listen("tcp://127.0.0.1:*");
    port_ = socket_->last_port();
  }
  ~ScriptedReceiver() { disappear(); }

  Address address() const { return Address::tcp("127.0.0.1", port_); }

  // What the next answers are.
  std::uint64_t window = 1 << 20;
  bool acks = true;
  std::optional<RejectReason> refuses_session;

  // What came.
  std::vector<ReceivedBatch> batches;
  std::vector<Hello> hellos;
  int byes = 0;

  // All bodies in the order of arrival.
  std::vector<std::string> bodies() const {
    std::vector<std::string> out;
    for (const ReceivedBatch& batch : batches)
      out.insert(out.end(), batch.bodies.begin(), batch.bodies.end());
    return out;
  }

  // Acknowledges batches [first, last] of `batches`.
  void ack(std::size_t first, std::size_t last) {
    LinkAck ack{window,
                {{batches.at(first).id.run, batches[first].id.seq, batches.at(last).id.seq}}};
    answer(LinkCommand::kAck, encode_ack(ack));
  }
  void open_window() { answer(LinkCommand::kAck, encode_ack({window, {}})); }
  void reject(std::size_t index, RejectReason reason) {
    answer(LinkCommand::kReject, encode_reject({batches.at(index).id, reason, "by the test"}));
  }

  // The process is gone: connections break.
  void disappear() {
    if (!socket_) return;
    loop_.unwatch(watch_);
    socket_.reset();
  }
  // Another process at the same address.
  void appear() {
    boot_ = Uuid::random();
    next_frame_.clear();
    listen(address().endpoint());
  }

 private:
  void listen(const std::string& endpoint) {
    socket_.emplace(context_, zmq::socket_type::router);
    Status status = socket_->bind(endpoint);
    // The old socket is closed by another thread.
    for (int i = 0; !status.ok() && status.code() == Code::kExists && i < 10000; ++i) {
      loop_.run_once(Millis(1));
      status = socket_->bind(endpoint);
    }
    REQUIRE_MESSAGE(status.ok(), status.message());
    watch_ = loop_.watch_socket(socket_->handle(), kReadable, [this] { receive(); });
  }

  void receive() {
    std::vector<zmq::message_t> frames;
    while (socket_->receive(frames)) {
      REQUIRE(frames.size() >= 2);
      peer_ = frames[0].to_string();
      auto header = decode_link_header(view(frames[1]));
      REQUIRE(header.ok());
      session_ = header->session;
      handle(*header, frames.size() > 2 ? view(frames[2]) : std::string_view());
    }
  }

  void handle(const LinkHeader& header, std::string_view body) {
    if (header.command == LinkCommand::kHello) {
      auto hello = decode_hello(body);
      REQUIRE(hello.ok());
      hellos.push_back(*hello);
      if (refuses_session) {
        answer(LinkCommand::kReject, encode_reject({{}, *refuses_session, "by the test"}));
        return;
      }
      next_frame_.try_emplace(session_, 1);
      Welcome welcome{kLinkVersion,        node_, boot_, "scripted", window, next_frame_[session_],
                      AckMeaning::kStored, {}};
      answer(LinkCommand::kWelcome, encode_welcome(welcome));
    } else if (header.command == LinkCommand::kBatch) {
      take(header, body);
    } else if (header.command == LinkCommand::kBye) {
      ++byes;
    }
  }

  void take(const LinkHeader& header, std::string_view body) {
    if (header.frame != next_frame_[session_]) {
      answer(LinkCommand::kReset, "");
      return;
    }
    ++next_frame_[session_];
    auto bytes = std::make_shared<std::string>(body);
    BatchError error = BatchError::kNone;
    auto batch = Batch::open(bytes, *bytes, error);
    REQUIRE(batch != nullptr);
    ReceivedBatch& received = batches.emplace_back();
    received.id = batch->id();
    received.frame = header.frame;
    BatchEvent event;
    for (BatchCursor cursor(*batch); cursor.next(event);) received.bodies.emplace_back(event.body);
    if (acks) ack(batches.size() - 1, batches.size() - 1);
  }

  void answer(LinkCommand command, const std::string& body) {
    std::string header = encode_link_header({command, session_, 0});
    std::vector<std::string_view> parts{peer_, header};
    if (!body.empty()) parts.push_back(body);
    CHECK(socket_->send_copy(parts) == SendResult::kSent);
  }

  zmq::context_t& context_;
  EventLoop& loop_;
  std::optional<Socket> socket_;
  EventLoop::Id watch_ = 0;
  std::uint16_t port_ = 0;
  Uuid node_ = Uuid::random();
  Uuid boot_ = Uuid::random();
  std::string peer_;  // the last that said something
  std::uint64_t session_ = 0;
  std::map<std::uint64_t, std::uint64_t> next_frame_;
};

}  // namespace ox
