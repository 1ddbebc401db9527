#include "common/ingest/stdin_source.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace ox {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

bool readable_now(int fd) {
  pollfd item{fd, POLLIN, 0};
  return ::poll(&item, 1, 0) > 0;
}

}  // namespace

StdinSource::StdinSource(EventLoop& loop, const Clock& clock, EventSink& sink, int fd,
                         StdinOptions options)
    : loop_(loop),
      clock_(clock),
      sink_(sink),
      fd_(fd),
      lines_(options.max_line),
      encoder_(options.type, options.host),
      read_buffer_(kReadBytes, '\0') {}

StdinSource::~StdinSource() { loop_.unwatch(watch_); }

void StdinSource::start() {
  watch_ = loop_.watch_fd(fd_, kReadable, [this] { read_some(); });
}

void StdinSource::read_some() {
  ssize_t n = ::read(fd_, read_buffer_.data(), read_buffer_.size());
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n < 0) return end_input(errno_status(errno, "cannot read standard input"));
  if (n == 0) return end_input(ok_status());
  lines_.append({read_buffer_.data(), static_cast<std::size_t>(n)});
  hand_over();
}

void StdinSource::end_input(Status status) {
  if (std::exchange(at_end_, true)) return;
  status_ = std::move(status);
  loop_.unwatch(watch_);
  hand_over();
}

bool StdinSource::offer(const LineBuffer::Line& line) {
  WallTime now = clock_.wall();
  body_.clear();
  encoder_.append(body_, line.text, line.starts, line.ends, now);
  IngestEvent event{encoder_.type(), encoder_.host(), to_seconds(now), body_, 0, {}};
  if (sink_.add(event) == EventSink::Answer::kFull) {
    loop_.set_events(watch_, 0);
    return false;
  }
  ++events_;
  if (!line.starts || !line.ends) ++pieces_;
  lines_.pop(line);
  return true;
}

void StdinSource::hand_over() {
  LineBuffer::Line line;
  while (lines_.peek(line))
    if (!offer(line)) return;
  if (at_end_) {
    if (lines_.peek_rest(line) && !offer(line)) return;
    sink_.input_dry();
    finished_ = true;
    return;
  }
  loop_.set_events(watch_, kReadable);
  if (!readable_now(fd_)) sink_.input_dry();
}

void StdinSource::resume() {
  if (!finished_) hand_over();
}

void StdinSource::stop() { end_input(ok_status()); }

}  // namespace ox
