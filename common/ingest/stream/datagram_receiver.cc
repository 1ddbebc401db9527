#include "common/ingest/stream/datagram_receiver.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/base/log.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

constexpr std::size_t kDatagramsAtOnce = 64;
constexpr int kReceivesInTurn = 16;  // then others on the thread have theirs
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(std::uint32_t));

}  // namespace

struct DatagramReceiver::Slots {
  explicit Slots(std::size_t max_datagram)
      : size(max_datagram), bytes(std::make_unique<char[]>(max_datagram * kDatagramsAtOnce)) {
    for (std::size_t i = 0; i < kDatagramsAtOnce; ++i) {
      parts[i] = {bytes.get() + i * size, size};
      msghdr& header = messages[i].msg_hdr;
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_name = &peers[i];
      header.msg_control = controls[i].bytes;
    }
  }

  struct alignas(cmsghdr) Control {
    char bytes[kControlBytes];
  };

  const std::size_t size;
  // Not initialised: pages that no datagram reaches are never there.
  const std::unique_ptr<char[]> bytes;
  std::array<mmsghdr, kDatagramsAtOnce> messages{};
  std::array<iovec, kDatagramsAtOnce> parts{};
  std::array<sockaddr_storage, kDatagramsAtOnce> peers{};
  std::array<Control, kDatagramsAtOnce> controls{};
};

DatagramReceiver::DatagramReceiver(StreamContext& context, BoundSocket socket,
                                   std::unique_ptr<DatagramProtocol> protocol,
                                   const DatagramOptions& options, const DatagramCounters& counters)
    : context_(context),
      socket_(std::move(socket)),
      protocol_(std::move(protocol)),
      counters_(counters),
      names_(context.options.node_name),
      slots_(std::make_unique<Slots>(options.max_datagram)) {
  const int wanted = options.receive_buffer;
  // The first goes beyond net.core.rmem_max, for those who may.
  if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0)
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
  int given = 0;
  socklen_t size = sizeof(given);
  ::getsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &given, &size);
  if (given / 2 < wanted)  // the kernel tells twice what was asked for (socket(7))
    log_info("{} {}: the receive buffer has {}, not {}: raise net.core.rmem_max",
             context.options.option, socket_.address().to_string(),
             format_size(static_cast<std::uint64_t>(given / 2)),
             format_size(static_cast<std::uint64_t>(wanted)));
  const int on = 1;
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
}

DatagramReceiver::~DatagramReceiver() { close(); }

void DatagramReceiver::start() { watch(true); }

void DatagramReceiver::watch(bool wanted) {
  if (!socket_.open() || std::exchange(watched_, wanted) == wanted) return;
  if (wanted)
    context_.loop.watch(socket_.fd(), EPOLLIN, *this);
  else
    context_.loop.unwatch(socket_.fd());
}

void DatagramReceiver::ready(std::uint32_t) {
  for (int i = 0; i < kReceivesInTurn; ++i) {
    if (context_.outlet.full()) return watch(false);
    if (receive_once()) continue;
    if (draining_) close();
    return;
  }
}

bool DatagramReceiver::receive_once() {
  Slots& slots = *slots_;
  for (std::size_t i = 0; i < kDatagramsAtOnce; ++i) {
    slots.messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    slots.messages[i].msg_hdr.msg_controllen = kControlBytes;
  }
  const int count =
      ::recvmmsg(socket_.fd(), slots.messages.data(), kDatagramsAtOnce, MSG_DONTWAIT, nullptr);
  if (count <= 0) return count < 0 && errno == EINTR;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    msghdr& header = slots.messages[i].msg_hdr;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t total = 0;
      std::memcpy(&total, CMSG_DATA(c), sizeof(total));
      note_drops(total);
    }
    const std::size_t size = slots.messages[i].msg_len;
    bytes += size;
    const bool cut = (header.msg_flags & MSG_TRUNC) != 0;
    if (cut) counters_.cut.add();
    const std::string_view reply =
        protocol_->datagram({static_cast<const char*>(slots.parts[i].iov_base), size}, cut,
                            names_.of(slots.peers[i], header.msg_namelen));
    if (!reply.empty() && header.msg_namelen > 0)
      ::sendto(socket_.fd(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&slots.peers[i]), header.msg_namelen);
  }
  context_.bytes.add(bytes);
  counters_.datagrams.add(static_cast<std::uint64_t>(count));
  return static_cast<std::size_t>(count) == kDatagramsAtOnce;
}

void DatagramReceiver::note_drops(std::uint32_t total) {
  if (total == drops_seen_) return;
  const std::uint32_t more = total - std::exchange(drops_seen_, total);  // it may wrap around
  if (counters_.kernel_drops.value() == 0)
    log_warning(
        "{} {}: the kernel had no room for datagrams, and dropped the first {}: see "
        "kernel_drops in the metrics, and net.core.rmem_max",
        context_.options.option, socket_.address().to_string(), more);
  counters_.kernel_drops.add(more);
}

void DatagramReceiver::go_on() {
  if (!socket_.open() || context_.outlet.full()) return;
  watch(true);
  if (draining_) ready(EPOLLIN);
}

void DatagramReceiver::drain(bool now) {
  draining_ = true;
  if (now) return close();
  go_on();
}

void DatagramReceiver::close() {
  watch(false);
  socket_.close();
}

}  // namespace ox
