#include "oxctl/top_loop.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/exit_codes.h"
#include "common/base/quantity.h"
#include "oxctl/printable.h"
#include "oxctl/units.h"
#include "proto/control.h"

namespace ox {
namespace {

// After that long without an answer the table says so.
constexpr Micros kWorthSaying = Seconds(1);

}  // namespace

TopLoop::TopLoop(Session& session)
    : session_(session),
      options_(session.options()),
      in_place_(stdout_is_terminal() && session.options().rounds != 1) {
  nodes_.resize(options_.hosts.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].address = options_.hosts[i];
    nodes_[i].view.address = printable(options_.hosts[i].to_string());
    nodes_[i].silent_since = clock_.mono();
  }
}

TopLoop::~TopLoop() {
  for (Node& node : nodes_) end_exchange(node);
}

int TopLoop::run() {
  loop_.watch_fd(signals_.fd(), kReadable, [this] { on_signal(); });
  if (in_place_ && keys_.active()) loop_.watch_fd(0, kReadable, [this] { on_key(); });
  if (in_place_) {
    loop_.call_every(kWorthSaying, [this] {
      if (in_round_ && clock_.mono() - round_start_ > kWorthSaying) draw();
    });
  }
  start_round();
  loop_.run();
  if (in_place_ && exit_code_ == kExitOk) {
    if (Status written = write_out("\n"); !written.ok()) return session_.fail(written);
  }
  return exit_code_;
}

void TopLoop::start_round() {
  in_round_ = true;
  round_start_ = clock_.mono();
  for (Node& node : nodes_) {
    node.answered = false;
    if (!node.exchange) ask(node);
  }
  finish_round_when_complete();
}

void TopLoop::ask(Node& node) {
  node.exchange = std::make_unique<ControlExchange>(session_.context(), node.address);
  if (Status sent = node.exchange->send(encode_control_request(control::kStatus)); !sent.ok()) {
    node.exchange.reset();
    node.view.unreachable = true;
    node.view.why = printable(sent.message());
    return;
  }
  node.watch =
      loop_.watch_socket(node.exchange->handle(), kReadable, [this, &node] { on_reply(node); });
  node.timeout = loop_.call_after(kControlTimeout, [this, &node] { on_silence(node); });
}

void TopLoop::end_exchange(Node& node) {
  if (!node.exchange) return;
  loop_.unwatch(node.watch);
  loop_.cancel(node.timeout);
  node.exchange.reset();
}

void TopLoop::on_reply(Node& node) {
  auto reply = node.exchange->take();
  if (!reply) return;
  end_exchange(node);
  node.answered = true;
  node.silent_since = clock_.mono();
  std::string why;
  if (!reply->ok()) {
    why = reply->status().message();
  } else if (auto error = reply->value().error()) {
    why = "refused: " + std::string(*error);
  }
  node.view.why = printable(why);
  node.view.unreachable = !why.empty();
  if (why.empty()) {
    node.before = std::move(node.latest);
    node.latest = Sample{clock_.mono(), NodeStatus::of(reply->value().map())};
    node.view.status = node.latest->status;
    node.view.rates = rates_between(node.before ? &*node.before : nullptr, *node.latest);
  }
  finish_round_when_complete();
}

// A request that was delivered to a node that died is never answered: the next round asks anew.
void TopLoop::on_silence(Node& node) {
  end_exchange(node);
  node.view.unreachable = true;
  node.view.why.clear();
  finish_round_when_complete();
}

void TopLoop::on_key() {
  const char key = keys_.take();
  if (key == 'q' || key == 'Q') loop_.stop();
}

void TopLoop::on_signal() {
  for (int signal = signals_.take(); signal != 0; signal = signals_.take()) {
    if (signal != SIGWINCH) {
      loop_.stop();
    } else if (in_place_) {
      clear_ = true;
      draw();
    }
  }
}

bool TopLoop::all_unreachable() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const Node& node) { return node.view.unreachable; });
}

void TopLoop::finish_round_when_complete() {
  if (!in_round_) return;
  for (const Node& node : nodes_)
    if (!node.answered && !node.view.unreachable) return;
  in_round_ = false;
  // The first answers give no rate; on a terminal they are a sign of life, in a file an empty
  // table.
  const bool has_rates = !std::exchange(first_round_, false) || all_unreachable();
  if (in_place_ || has_rates) draw();
  if (has_rates) ++shown_;
  if (options_.rounds != 0 && shown_ >= options_.rounds) {
    if (exit_code_ == kExitOk && all_unreachable()) exit_code_ = kExitFailed;
    loop_.stop();
    return;
  }
  const Micros due = round_start_ + options_.interval - clock_.mono();
  loop_.call_after(std::max(due, Micros(0)), [this] { start_round(); });
}

std::string TopLoop::headline(WallTime now) const {
  return fmt::format("oxctl top  {}  every {}  {} node{}{}",
                     format_local(std::chrono::floor<Seconds>(now)),
                     format_duration(options_.interval), nodes_.size(),
                     nodes_.size() == 1 ? "" : "s", in_place_ && keys_.active() ? "  q quits" : "");
}

void TopLoop::draw() {
  Layout layout = window_layout();
  // One line less than there are: where the prompt goes at the end.
  layout.height = in_place_ && layout.height > 1 ? layout.height - 1 : 0;
  std::vector<TopNode> views;
  for (const Node& node : nodes_) {
    views.push_back(node.view);
    const MonoTime silent = clock_.mono() - node.silent_since;
    const bool silence = node.view.unreachable || node.exchange;
    if (silence && node.view.why.empty() && silent > kWorthSaying + options_.interval)
      views.back().why = "no answer for " + format_seconds(to_seconds(silent));
  }
  const WallTime now = clock_.wall();
  std::string out;
  if (in_place_) out = std::exchange(clear_, false) ? "\x1b[2J\x1b[H" : "\x1b[H";
  if (!in_place_ && shown_ > 0) out = "\n";
  const std::vector<std::string> lines = render_top(headline(now), views, now, layout);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (in_place_)
      out += (i == 0 ? "" : "\n") + lines[i] + "\x1b[K";
    else
      out += lines[i] + "\n";
  }
  if (in_place_) out += "\x1b[J";
  if (Status written = write_out(out); !written.ok()) {
    exit_code_ = session_.fail(written);
    loop_.stop();
  }
}

}  // namespace ox
