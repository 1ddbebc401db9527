#include "oxview/port_finder.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "proto/control.h"
#include "proto/utf8.h"

namespace ox {

static std::optional<std::uint16_t> find_port(const msgpack::object& reply) {
  const msgpack::object* value = find_key(reply, "port");
  if (value == nullptr) return std::nullopt;
  auto port = as_uint(*value);
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

PortFinder::PortFinder(EventLoop& loop, zmq::context_t& context, Address control, Done done)
    : loop_(loop), context_(context), control_(std::move(control)), done_(std::move(done)) {}

PortFinder::~PortFinder() { stop_asking(); }

void PortFinder::start() {
  OX_CHECK(!busy());
  asking_for_tail_ = true;
  exchange_ = std::make_unique<ControlExchange>(context_, control_);
  watch_ = loop_.watch_socket(exchange_->handle(), kReadable, [this] { on_reply(); });
  timeout_ = loop_.call_after(kControlTimeout, [this] {
    finish(Status(Code::kUnavailable,
                  fmt::format("no oxd answers at {} (waited {})", control_.to_string(),
                              format_duration(kControlTimeout))));
  });
  ask();
}

void PortFinder::ask() {
  Status sent = exchange_->send(
      encode_control_request(asking_for_tail_ ? control::kSockTail : control::kSockStream));
  if (!sent.ok()) finish(sent);
}

void PortFinder::on_reply() {
  auto reply = exchange_->take();
  if (!reply) return;
  if (!reply->ok()) {
    finish(reply->status().at(control_.to_string()));
    return;
  }
  if (auto port = find_port((*reply)->map())) {
    finish(LivePort{asking_for_tail_, *port});
    return;
  }
  if (asking_for_tail_) {  // an old oxd does not know it
    asking_for_tail_ = false;
    ask();
    return;
  }
  std::string why;
  append_text(why, (*reply)->error().value_or("the answer names no port"), Controls::kEscape);
  finish(Status(Code::kUnsupported,
                fmt::format("oxd at {} offers no stream: {}", control_.to_string(), why)));
}

void PortFinder::stop_asking() {
  if (!busy()) return;
  loop_.unwatch(watch_);
  loop_.cancel(timeout_);
  exchange_.reset();
}

void PortFinder::finish(Result<LivePort> result) {
  stop_asking();
  done_(std::move(result));
}

}  // namespace ox
