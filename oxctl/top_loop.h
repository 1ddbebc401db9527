#pragma once
// Asks every node for its STATUS once an interval, and shows the table of them.
// Rounds: a round is over when every node has answered, or has been silent for kControlTimeout;
// from then on a silent node is shown as unreachable and holds up nobody, until it answers again.
// Threading: one thread, that of run().
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/event_loop.h"
#include "common/base/signals.h"
#include "common/link/control_client.h"
#include "oxctl/rates.h"
#include "oxctl/session.h"
#include "oxctl/terminal.h"
#include "oxctl/top_view.h"

namespace ox {

class TopLoop {
 public:
  explicit TopLoop(Session& session);
  ~TopLoop();

  // Until enough tables were shown, 'q' or a signal came, or standard output failed. The exit code.
  int run();

 private:
  struct Node {
    Address address;
    TopNode view;
    std::optional<Sample> before;
    std::optional<Sample> latest;
    bool answered = false;  // in this round
    MonoTime silent_since{};
    std::unique_ptr<ControlExchange> exchange;  // while a reply is outstanding
    EventLoop::Id watch = 0;
    EventLoop::Id timeout = 0;
  };

  void start_round();
  void ask(Node& node);
  void end_exchange(Node& node);
  void on_reply(Node& node);
  void on_silence(Node& node);
  void on_key();
  void on_signal();
  void finish_round_when_complete();
  void draw();
  std::string headline(WallTime now) const;
  bool all_unreachable() const;

  Session& session_;
  const Clock& clock_ = Clock::system();
  const CtlOptions& options_;
  const bool in_place_;  // the table is redrawn where it stands
  Signals signals_{{SIGINT, SIGTERM, SIGHUP, SIGWINCH}};
  EventLoop loop_;
  KeyInput keys_;
  std::vector<Node> nodes_;
  MonoTime round_start_{};
  bool in_round_ = false;
  bool clear_ = true;        // the screen has something else on it
  bool first_round_ = true;  // no rates yet
  std::uint64_t shown_ = 0;
  int exit_code_ = 0;
};

}  // namespace ox
