#include "common/ingest/stream/stream_listener.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/ingest/stream/peer_names.h"

namespace ox {
namespace {

constexpr int kAcceptsInTurn = 64;

bool is_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

StreamListener::StreamListener(StreamContext& context, BoundSocket socket,
                               std::unique_ptr<StreamProtocol> protocol,
                               std::shared_ptr<const ByteStreams> streams,
                               std::function<void(std::shared_ptr<ServedConnection>)> accepted)
    : context_(context),
      socket_(std::move(socket)),
      protocol_(std::move(protocol)),
      streams_(std::move(streams)),
      accepted_(std::move(accepted)) {}

StreamListener::~StreamListener() {
  if (watched_) context_.loop.unwatch(socket_.fd());
}

void StreamListener::start() {
  context_.loop.watch(socket_.fd(), EPOLLIN, *this);
  watched_ = true;
}

void StreamListener::tick() {
  if (!watched_ && socket_.open()) start();
}

void StreamListener::ready(std::uint32_t) {
  for (int i = 0; i < kAcceptsInTurn; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    UniqueFd fd(::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      StreamPeer peer = make_peer(address, size, context_.options.node_name);
      accepted_(std::make_shared<ServedConnection>(context_, std::move(fd), std::move(peer),
                                                   *protocol_, *streams_));
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (!is_exhausted(error)) continue;  // that connection's own trouble (accept(2))
    context_.limiter.warn(
        "accept", fmt::format("{} {} cannot accept connections: {}", context_.options.option,
                              socket_.address().to_string(), std::strerror(error)));
    context_.loop.unwatch(socket_.fd());
    watched_ = false;  // until the next tick
    return;
  }
}

void StreamListener::stop() {
  if (!socket_.open()) return;
  if (std::exchange(watched_, false)) {
    ready(EPOLLIN);
    if (socket_.open()) context_.loop.unwatch(socket_.fd());
  }
  watched_ = false;
  socket_.close();
}

}  // namespace ox
