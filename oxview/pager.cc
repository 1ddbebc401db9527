#include "oxview/pager.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"

namespace ox {
namespace {

// Of less, unless the environment says otherwise: end when all fits the screen, let colours
// through, leave on the screen what is there.
constexpr const char* kLessOptions = "FRX";

std::vector<std::pair<LogLevel, std::string>> g_kept_lines;

void keep_line(LogLevel level, std::string_view text) { g_kept_lines.emplace_back(level, text); }

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::string directory(rest.substr(0, rest.find(':')));
    rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
    if (::access((directory + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// What the program blocks and ignores (Signals) is not the pager's to block and ignore.
void set_usual_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigemptyset(&all);
  for (int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&all, signal);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

std::string Pager::command() {
  for (const char* variable : {"OXVIEW_PAGER", "PAGER"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr) continue;
    const std::string command(value);
    return command == "cat" ? "" : command;
  }
  return is_installed("less") ? "less" : "";
}

Result<int> Pager::start(const std::string& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_status(errno, "cannot make a pipe");
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  ::setenv("LESS", kLessOptions, 0);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, read.get(), STDIN_FILENO);
  ::posix_spawnattr_init(&attributes);
  set_usual_signals(attributes);
  const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
  const int error = ::posix_spawn(&pid_, "/bin/sh", &actions, &attributes,
                                  const_cast<char* const*>(arguments), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    pid_ = 0;
    return errno_status(error, "cannot start the pager '" + command + "'");
  }
  input_ = std::move(write);
  set_log_sink(keep_line);
  return input_.get();
}

void Pager::wait() {
  // Not pidfd_open() of glibc 2.36, which C++ cannot link: it is not declared as C.
  UniqueFd child(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  while (child.valid()) {
    pollfd items[2] = {{child.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    if (::poll(items, 2, -1) < 0 && errno != EINTR) break;
    // SIGINT is for the pager, which got it, too.
    if (items[1].revents != 0 && signals_.take() == SIGTERM) ::kill(pid_, SIGTERM);
    if (items[0].revents != 0) break;
  }
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void Pager::finish() {
  if (pid_ == 0) return;
  input_.reset();
  wait();
  pid_ = 0;
  set_log_sink(nullptr);
  for (const auto& [level, text] : std::exchange(g_kept_lines, {})) log_line(level, text);
}

}  // namespace ox
