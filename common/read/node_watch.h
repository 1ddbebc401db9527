#pragma once
// Asks nodes for their STATUS when somebody wants to know, and not more often than is of use.
//
// Those who ask while an answer is on its way get the same one, and so do those who come shortly
// after it: however many there are, each node is asked once in `fresh` at most, and not at all when
// nobody wants to know. A node that has not answered by the deadline is told of with an error.
// Threading: ask() and stop() on any thread; the rest on a thread of its own.
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/link/control_client.h"
#include "common/read/node_report.h"

namespace ox {

struct NodeWatchOptions {
  std::vector<Address> nodes;  // control addresses
  Millis deadline = Seconds(2);
  Micros fresh = Seconds(1);  // how long an answer is good for those who come later
};

class NodeWatch {
 public:
  // References must outlive it. Counter: nodes.asked, requests sent.
  NodeWatch(NodeWatchOptions options, const Clock& clock, Metrics& metrics);
  // As stop().
  ~NodeWatch();
  NodeWatch(const NodeWatch&) = delete;
  NodeWatch& operator=(const NodeWatch&) = delete;

  // Called with {"nodes": [...]}, as node_report.h has each, on the watch's thread, once.
  using Told = std::function<void(const std::string& json)>;
  // False, and `told` is never called: it was stopped.
  bool ask(Told told);
  // Tells those who wait what there is, and joins the thread.
  void stop();

 private:
  struct Node {
    Address address;
    std::string name;
    std::optional<NodeSample> before;
    std::unique_ptr<ControlExchange> exchange;  // while a reply is outstanding
    EventLoop::Id watch = 0;
    std::string report;
  };

  void want(Told told);
  void begin_round();
  void send(Node& node);
  void on_reply(Node& node);
  void silence(Node& node, std::string_view why);
  void end_when_complete();
  void end_round();

  const NodeWatchOptions options_;
  const Clock& clock_;
  Counter& asked_;

  // The thread's.
  zmq::context_t context_{1};
  EventLoop loop_;
  std::vector<Node> nodes_;
  bool in_round_ = false;
  EventLoop::Id timer_ = 0;
  std::vector<Told> waiting_;
  std::string answer_;
  std::optional<MonoTime> answered_;

  std::mutex mu_;
  bool stopped_ = false;  // guarded by mu_
  std::thread thread_;
};

}  // namespace ox
