#pragma once
// What is configured in this process: one Client for ever, and a new one in each child that fork()
// makes, where the old one and its threads are left alone.
// Threading: any thread. configure() and shutdown() wait for one another; nothing else waits for
// them.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <oxd/configure.h>
#include <oxd/value.h>

#include "common/base/status.h"

namespace ox {

class Client {
 public:
  static Client& instance();
  // Whether this is still the process's: false after a fork().
  bool current() const { return &instance() == this; }

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Status configure(const ClientOptions& options);
  Status configure_sink(std::unique_ptr<ClientSink> sink, const ClientOptions& options);
  // Linger: nothing for that of the options. True when nothing was lost by it.
  bool shutdown(std::optional<std::chrono::milliseconds> linger);
  bool configured() const { return configured_.load(std::memory_order_relaxed); }
  ClientStats stats() const;

  // Uniform in [0, 1).
  double draw() const;
  // The event of a context that ended. Nothing happens when nothing is configured.
  void submit(std::string_view type, const Value& id, double start, double end, const Value& body);
  // Counts a call that did nothing; `what` is one line.
  void misused(std::string what);

 private:
  struct Session;

  Client();
  static void prepare_fork();
  static void in_parent();
  static void in_child();
  static void at_exit();

  static Result<std::shared_ptr<Session>> prepare(const ClientOptions& options);
  void replace(std::shared_ptr<Session> session);
  std::shared_ptr<Session> session();

  const std::uint64_t pid_;
  const Client* before_fork_ = nullptr;  // of the parent process; kept as it was
  std::atomic<bool> configured_{false};
  std::mutex changing_;  // one configure() or shutdown() at a time; taken before mu_

  mutable std::mutex mu_;  // what follows
  std::shared_ptr<Session> session_;
  std::shared_ptr<Session> ended_;          // for its figures
  std::optional<ClientOptions> inherited_;  // from before the fork(): opened with the first event
  std::uint64_t misuses_ = 0;
  std::string last_misuse_;
};

}  // namespace ox
