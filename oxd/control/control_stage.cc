#include "oxd/control/control_stage.h"

#include <fmt/format.h>

#include "oxd/control/replies.h"

namespace ox {

static constexpr std::size_t kMaxEnvelope = 16;  // hops between a client and us
static constexpr int kRequestsPerTurn = 32;

static SocketOptions control_socket_options() {
  SocketOptions options;
  options.max_message_bytes = 8 << 20;  // above kMaxControlBytes, so that one gets an answer
  options.receive_hwm = 100;
  options.send_hwm = 100;
  options.ipv6 = true;
  return options;
}

ControlStage::ControlStage(zmq::context_t& context, EventLoop& loop, NodeControl& node,
                           Metrics& metrics, const Clock& clock)
    : loop_(loop),
      node_(node),
      requests_(metrics.counter("control.requests")),
      malformed_(metrics.counter("control.rejected.malformed")),
      unknown_(metrics.counter("control.rejected.unknown_command")),
      limiter_(clock),
      socket_(context, zmq::socket_type::router, control_socket_options()) {}

ControlStage::~ControlStage() { stop(); }

void ControlStage::start() {
  watch_ = loop_.watch_socket(socket_.handle(), kReadable, [this] { on_socket(); });
}

void ControlStage::stop() {
  if (watch_ == 0) return;
  loop_.unwatch(watch_);
  watch_ = 0;
  socket_.raw().set(zmq::sockopt::linger, 1000);
  socket_.close();
}

void ControlStage::on_socket() {
  std::vector<zmq::message_t> frames;
  for (int n = 0; n < kRequestsPerTurn && socket_.open() && socket_.receive(frames); ++n)
    handle(frames);
}

void ControlStage::handle(std::vector<zmq::message_t>& frames) {
  requests_.add();
  std::vector<std::string> envelope;
  std::size_t next = 0;
  while (next < frames.size()) {
    envelope.emplace_back(view(frames[next]));
    if (next++ > 0 && envelope.back().empty()) break;
  }
  // Nobody can be answered without an envelope; REP sockets are silent here as well.
  if (next == frames.size() || envelope.size() > kMaxEnvelope) {
    malformed_.add();
    limiter_.warn("envelope", "control: a request without an envelope, or with too long a one");
    return;
  }
  bool one_frame = next + 1 == frames.size();
  if (!one_frame || frames[next].size() > kMaxControlBytes) {
    malformed_.add();
    limiter_.warn("size", "control: a request of more than one frame, or too large");
    reply(envelope, encode_control_error("Bad Request"));
    return;
  }
  auto request = ControlRequest::decode(view(frames[next]));
  if (!request.ok()) {
    malformed_.add();
    limiter_.warn("malformed", fmt::format("control: {}", request.status().message()));
    reply(envelope, encode_control_error("Bad Request"));
    return;
  }
  if (auto body = answer(*request, envelope)) reply(envelope, *body);
}

void ControlStage::reply(const std::vector<std::string>& envelope, const std::string& body) {
  if (!socket_.open()) return;
  std::vector<std::string_view> parts(envelope.begin(), envelope.end());
  parts.push_back(body);
  socket_.send_copy(parts);  // a client that has gone, or does not read, loses its answer
}

std::optional<std::string> ControlStage::answer(const ControlRequest& request,
                                                const std::vector<std::string>& envelope) {
  std::string_view command = request.command();
  if (command == control::kStatus) return status_reply(node_.status());
  if (command == control::kPing) return ping_reply(node_.identity());
  if (command == control::kSockStream) return port_reply(node_.port("stream"));
  if (command == control::kSockTail) return port_reply(node_.port("tail"));
  for (auto [name, socket] :
       {std::pair{control::kSockCollect, "collect"}, std::pair{control::kSockLink, "link"}}) {
    if (command != name) continue;
    std::uint16_t port = node_.port(socket);
    if (port == 0) return encode_control_error(fmt::format("{} has no port", socket));
    return port_reply(port);
  }
  if (command == control::kShutdown) {
    Status status = node_.shutdown();
    return status.ok() ? ok_reply() : encode_control_error(status.message());
  }
  if (command == control::kFlush) {
    node_.flush([this, envelope](const Status& status) {
      reply(envelope, status.ok() ? ok_reply() : encode_control_error(status.message()));
    });
    return std::nullopt;
  }
  if (command == control::kCutOff) return cut_off(request.map(), envelope);
  if (command == control::kForward) return forward(request.map());
  if (command == control::kRecordIds) return record_ids(request.map());
  if (command == control::kLogLevel) return log_level_request(request.map());
  unknown_.add();
  limiter_.warn("unknown", "control: an unknown command");
  return encode_control_error("Unknown Command");
}

std::string ControlStage::forward(const msgpack::object& request) {
  auto op = find_text(request, "op");
  if (!op) return encode_control_error("FORWARD: \"op\" is missing");
  std::vector<std::string> targets;
  if (const msgpack::object* list = find_key(request, "targets");
      list != nullptr && list->type != msgpack::type::NIL) {
    if (list->type != msgpack::type::ARRAY)
      return encode_control_error("FORWARD: \"targets\" must be a list");
    for (std::uint32_t i = 0; i < list->via.array.size; ++i) {
      auto text = as_text(list->via.array.ptr[i]);
      if (!text) return encode_control_error("FORWARD: each target must be text");
      targets.emplace_back(*text);
    }
  }
  if (*op != "list") {
    if (*op != "set" && *op != "add" && *op != "remove" && *op != "discard")
      return encode_control_error(fmt::format("FORWARD: no such op: {}", *op));
    Status status = node_.change_targets(std::string(*op), targets);
    if (!status.ok()) return encode_control_error(status.message());
  }
  return forward_reply(node_.forward_targets());
}

std::string ControlStage::record_ids(const msgpack::object& request) {
  auto asked = decode_record_id_request(request);
  if (!asked.ok()) return encode_control_error(asked.status().message());
  auto reply = node_.record_ids(*asked);
  if (!reply.ok()) return encode_control_error(reply.status().message());
  return encode_record_id_reply(*reply);
}

std::optional<std::string> ControlStage::cut_off(const msgpack::object& request,
                                                 const std::vector<std::string>& envelope) {
  auto asked = decode_cutoff_request(request);
  if (!asked.ok()) return encode_control_error(asked.status().message());
  node_.cut_off(*asked, [this, envelope](const CutoffReply& answer) {
    reply(envelope, encode_cutoff_reply(answer));
  });
  return std::nullopt;
}

std::string ControlStage::log_level_request(const msgpack::object& request) {
  if (find_key(request, "level") != nullptr) {
    auto text = find_text(request, "level");
    LogLevel level{};
    if (!text || !parse_log_level(*text, level))
      return encode_control_error("LOG_LEVEL: \"level\" must be error, warning, info or debug");
    set_log_level(level);
  }
  return log_level_reply(std::string(log_level_name(log_level())));
}

}  // namespace ox
