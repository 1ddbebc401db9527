#pragma once
// One run of oxctl: asks the node, and says what went wrong in the way of BlueOx.
#include <functional>
#include <string>
#include <string_view>

#include <zmq.hpp>

#include "common/link/control_client.h"
#include "oxctl/ctl_options.h"

namespace ox {

class Session {
 public:
  explicit Session(const CtlOptions& options) : options_(options) {}

  const CtlOptions& options() const { return options_; }
  // The node that is asked (the first, for top), and its name in messages.
  const Address& host() const { return options_.hosts.front(); }
  std::string host_text() const;
  zmq::context_t& context() { return context_; }

  // What a command prints for a reply that is no refusal; an error is printed in its place.
  using Render = std::function<Result<std::string>(const ControlReply&)>;

  // Asks, and prints render(reply), or with --raw the reply as one line of JSON. Returns the exit
  // code: 1 when nobody answers, when the peer refuses, or when render() finds the reply wrong,
  // with one line on stderr that says why.
  int ask(std::string_view request, const Render& render, Millis timeout = kControlTimeout);

  // The rest of ask() for a reply, or its absence, that is there already.
  int show(const Result<ControlReply>& reply, const Render& render);

  // "oxctl: <message>" on stderr; returns 1.
  int fail(const Status& why) const;

 private:
  const CtlOptions& options_;
  zmq::context_t context_{1};
};

// {"cmd": FORWARD, "op": op, "targets": [...]} and {"cmd": LOG_LEVEL, "level": level}.
std::string encode_forward_request(const std::string& op, const std::vector<std::string>& targets);
std::string encode_log_level_request(const std::string& level);  // "" asks

}  // namespace ox
