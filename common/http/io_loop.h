#pragma once
// Internal to common/http (includes Asio). One I/O thread: its connections, its deadlines, and the
// buffers that they share.
//
// Everything that happens on the thread goes through run(): it does one thing, then settles: takes
// the answers that have come meanwhile (from this thread and others), and gives every connection
// that was touched one turn. So the answers of many requests become one write per connection.
//
// Threading: post(), start(), join() from other threads; the rest on the I/O thread.
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.h"
#include "common/http/deadline_wheel.h"
#include "common/http/reply_mailbox.h"
#include "common/http/server_state.h"

namespace ox {

class Connection;

class IoLoop {
 public:
  using Context = boost::asio::io_context;
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Context::executor_type>;

  explicit IoLoop(ServerState& state);
  ~IoLoop();

  void start();
  // Runs `f` on the I/O thread, soon.
  void post(std::function<void()> f);
  // Closes every connection, and ends the thread.
  void stop();
  void join();

  Context& context() { return context_; }
  ServerState& state() { return state_; }

  template <typename F>
  void run(F&& f) {
    now_ = clock_.mono();
    f();
    settle();
  }
  // The connection gets a turn() when everything that is under way has been done.
  void touch(Connection& connection);
  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  // Closes idle connections; the others close after their last answer.
  void drain();
  bool draining() const { return draining_; }

  // When run() began.
  MonoTime now() const { return now_; }
  // "Date: ...\r\n", of this second.
  std::string_view date_field();
  DeadlineWheel& wheel() { return wheel_; }
  const std::shared_ptr<ReplyMailbox>& mailbox() const { return mailbox_; }

  // Shared by the connections, one at a time.
  std::span<char> input() { return input_; }
  std::span<char> decoded() { return decoded_; }
  std::vector<std::string_view>& pieces() { return pieces_; }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        Context::executor_type>;

  void settle();
  void deliver_answers();
  void start_ticking();
  void tick();

  ServerState& state_;
  const Clock& clock_ = Clock::system();
  Context context_{1};
  boost::asio::executor_work_guard<Context::executor_type> work_;
  std::thread thread_;
  std::shared_ptr<ReplyMailbox> mailbox_;

  // Owned by the I/O thread.
  Timer ticker_;
  bool ticking_ = false;
  bool draining_ = false;
  bool stopped_ = false;
  MonoTime now_;
  DeadlineWheel wheel_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> touched_;
  std::vector<std::shared_ptr<Connection>> turning_;
  std::vector<ReplyMailbox::Item> answers_;
  std::vector<DeadlineWheel::Entry*> expired_;
  std::vector<char> input_;
  std::vector<char> decoded_;
  std::vector<std::string_view> pieces_;
  std::string date_;
  MonoTime date_until_{};
};

}  // namespace ox
