#include "common/ingest/stream/stream_loop.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/status.h"
#include "common/base/thread.h"

namespace ox {
namespace {

constexpr int kEventsAtOnce = 64;

}  // namespace

class StreamLoop::Mailbox {
 public:
  Mailbox() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { OX_CHECK(wake_.valid()); }

  int fd() const { return wake_.get(); }

  void put(std::function<void()> f) {
    std::lock_guard lock(mu_);
    if (closed_) return;
    work_.push_back(std::move(f));
    if (work_.size() == 1) wake();
  }

  void wake() {
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t n = ::write(wake_.get(), &one, sizeof(one));
  }

  void run() {
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t n = ::read(wake_.get(), &count, sizeof(count));
    std::vector<std::function<void()>> work;
    {
      std::lock_guard lock(mu_);
      work.swap(work_);
    }
    for (auto& f : work) f();
  }

  void close() {
    std::vector<std::function<void()>> dropped;  // destroyed without the lock
    std::lock_guard lock(mu_);
    closed_ = true;
    dropped.swap(work_);
  }

 private:
  const UniqueFd wake_;
  std::mutex mu_;
  std::vector<std::function<void()>> work_;  // guarded by mu_
  bool closed_ = false;                      // the same
};

StreamLoop::StreamLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      mailbox_(std::make_shared<Mailbox>()),
      post_([box = mailbox_](std::function<void()> f) { box->put(std::move(f)); }) {
  OX_CHECK(epoll_.valid());
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  OX_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, mailbox_->fd(), &event) == 0);
}

StreamLoop::~StreamLoop() {
  halt();
  mailbox_->close();
}

void StreamLoop::set_handlers(std::function<void()> after_round, std::function<void()> tick) {
  after_round_ = std::move(after_round);
  tick_ = std::move(tick);
}

void StreamLoop::watch(int fd, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  OX_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

void StreamLoop::change(int fd, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  OX_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void StreamLoop::unwatch(int fd) {
  epoll_event event{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
}

void StreamLoop::start() {
  // Signals are for the main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = start_thread("stream", [this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void StreamLoop::halt() {
  if (!thread_.joinable()) return;
  halting_ = true;
  mailbox_->wake();
  thread_.join();
}

void StreamLoop::run() {
  std::array<epoll_event, kEventsAtOnce> events;
  const Clock& clock = Clock::system();
  MonoTime next_tick = clock.mono() + kTick;
  while (!halting_) {
    const int wait = static_cast<int>(kTick.count());
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, wait);
    OX_CHECK(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr)
        mailbox_->run();
      else
        static_cast<Watched*>(event.data.ptr)->ready(event.events);
    }
    if (const MonoTime now = clock.mono(); now >= next_tick) {
      next_tick = now + kTick;
      tick_();
    }
    after_round_();
  }
}

}  // namespace ox
