#include "common/read/node_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/base/thread.h"
#include "proto/control.h"

namespace ox {

NodeWatch::NodeWatch(NodeWatchOptions options, const Clock& clock, Metrics& metrics)
    : options_(std::move(options)), clock_(clock), asked_(metrics.counter("nodes.asked")) {
  for (const Address& address : options_.nodes) {
    Node node;
    node.address = address;
    node.name = address.to_string();
    nodes_.push_back(std::move(node));
  }
  thread_ = start_thread("node watch", [this] { loop_.run(); });
}

NodeWatch::~NodeWatch() { stop(); }

bool NodeWatch::ask(Told told) {
  std::lock_guard lock(mu_);
  if (stopped_) return false;
  loop_.post([this, told = std::move(told)]() mutable { want(std::move(told)); });
  return true;
}

void NodeWatch::stop() {
  {
    std::lock_guard lock(mu_);
    if (!std::exchange(stopped_, true)) {
      loop_.post([this] { end_round(); });
      loop_.stop();
    }
  }
  if (thread_.joinable()) thread_.join();
}

void NodeWatch::want(Told told) {
  if (!in_round_ && answered_ && clock_.mono() - *answered_ < options_.fresh) return told(answer_);
  waiting_.push_back(std::move(told));
  if (!in_round_) begin_round();
}

void NodeWatch::begin_round() {
  in_round_ = true;
  timer_ = loop_.call_after(options_.deadline, [this] { end_round(); });
  for (Node& node : nodes_) send(node);
  end_when_complete();
}

void NodeWatch::send(Node& node) {
  asked_.add();
  node.exchange = std::make_unique<ControlExchange>(context_, node.address);
  if (Status sent = node.exchange->send(encode_control_request(control::kStatus)); !sent.ok()) {
    node.exchange.reset();
    return silence(node, sent.message());
  }
  node.watch =
      loop_.watch_socket(node.exchange->handle(), kReadable, [this, &node] { on_reply(node); });
}

void NodeWatch::silence(Node& node, std::string_view why) {
  node.report = report_silent_node(node.name, why);
  node.before.reset();
}

void NodeWatch::on_reply(Node& node) {
  auto reply = node.exchange->take();
  if (!reply) return;
  loop_.unwatch(node.watch);
  node.exchange.reset();
  if (!reply->ok()) {
    silence(node, reply->status().message());
  } else if (auto error = reply->value().error()) {
    silence(node, "refused: " + std::string(*error));
  } else {
    auto report = report_node(node.name, reply->value().map(), clock_.mono(), node.before);
    if (report.ok()) {
      node.report = std::move(report->json);
      node.before = std::move(report->sample);
    } else {
      silence(node, report.status().message());
    }
  }
  end_when_complete();
}

void NodeWatch::end_when_complete() {
  const bool some_outstanding = std::any_of(
      nodes_.begin(), nodes_.end(), [](const Node& node) { return node.exchange != nullptr; });
  if (!some_outstanding) end_round();
}

void NodeWatch::end_round() {
  if (!in_round_) return;
  in_round_ = false;
  loop_.cancel(timer_);
  answer_ = R"({"nodes": [)";
  for (Node& node : nodes_) {
    if (node.exchange != nullptr) {
      loop_.unwatch(node.watch);
      node.exchange.reset();
      silence(node, fmt::format("{} did not answer within {}", node.name,
                                format_duration(options_.deadline)));
    }
    if (&node != &nodes_.front()) answer_ += ", ";
    answer_ += node.report;
  }
  answer_ += "]}";
  answered_ = clock_.mono();
  for (const Told& told : std::exchange(waiting_, {})) told(answer_);
}

}  // namespace ox
