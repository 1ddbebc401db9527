#include <string>
#include <vector>

#include <fmt/format.h>
#include <zmq.hpp>

#include "common/base/socket.h"
#include "proto/meta.h"
#include "tests/bench/load.h"

namespace ox {
namespace {

// A message of bytes that nobody frees, so that ZeroMQ neither copies nor counts.
bool send_constant(zmq::socket_t& socket, std::string_view bytes, int flags) {
  zmq_msg_t message;
  // ZeroMQ does not write to it.
  void* data = const_cast<char*>(bytes.data());
  if (::zmq_msg_init_data(&message, data, bytes.size(), nullptr, nullptr) != 0) return false;
  while (::zmq_msg_send(&message, socket.handle(), flags) < 0)
    if (::zmq_errno() != EINTR) return false;
  return true;
}

class V3Load final : public Load {
 public:
  V3Load(const Address& collect, const Workload& workload, const LoadOptions& options)
      : collect_(collect), workload_(workload), options_(options) {
    for (const std::string& type : workload.types())
      metas_.push_back(encode_meta({workload.event(0).end, Workload::kHost, type}));
  }

  Status send() override {
    // Its end waits until the last event has left.
    zmq::context_t context;
    SocketOptions socket_options;
    socket_options.send_hwm = 3500;  // as BlueOx clients have it
    socket_options.linger = Seconds(60);
    std::vector<Socket> sockets;
    for (std::size_t i = 0; i < options_.senders; ++i) {
      sockets.emplace_back(context, zmq::socket_type::push, socket_options);
      OX_RETURN_IF_ERROR(sockets.back().connect(collect_.endpoint()));
    }
    for (std::uint64_t n = 0; n < options_.events; ++n) {
      const Workload::Event& event = workload_.event(n);
      zmq::socket_t& socket = sockets[n % sockets.size()].raw();
      if (!send_constant(socket, metas_[event.type], ZMQ_SNDMORE) ||
          !send_constant(socket, event.bytes, 0))
        return Status(Code::kIo, fmt::format("event {}: {}", n, ::zmq_strerror(::zmq_errno())));
    }
    return ok_status();
  }

 private:
  const Address collect_;
  const Workload& workload_;
  const LoadOptions options_;
  std::vector<std::string> metas_;  // by type
};

}  // namespace

std::unique_ptr<Load> make_v3_load(const Address& collect, const Workload& workload,
                                   const LoadOptions& options) {
  return std::make_unique<V3Load>(collect, workload, options);
}

}  // namespace ox
