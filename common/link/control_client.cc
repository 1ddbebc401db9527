#include "common/link/control_client.h"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "common/base/quantity.h"

namespace ox {

Result<Address> parse_control_address(std::string_view text) {
  OX_ASSIGN_OR_RETURN(Address address, Address::parse(text, kControlPort));
  if (address.off())
    return Status(Code::kInvalid, "'off' is not an address that can be connected to");
  if (address.kind == Address::Kind::kTcp && address.port == 0)
    return Status(Code::kInvalid,
                  fmt::format("'{}' is not an address that can be connected to: port 0", text));
  if (address.host == "*" || address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

Result<Address> default_control_address() {
  const char* host = std::getenv("BLUEOX_CLIENT_HOST");
  if (host == nullptr || *host == '\0') return Address::tcp("127.0.0.1", kControlPort);
  auto address = parse_control_address(host);
  if (!address.ok()) return address.status().at("BLUEOX_CLIENT_HOST");
  return address;
}

Result<ControlReply> ControlReply::decode(std::string_view bytes) {
  auto owned = std::make_unique<const std::string>(bytes);
  auto decoded = Decoded::decode(*owned);
  if (!decoded.ok()) return Status(Code::kCorrupt, "the reply is not MessagePack");
  if (decoded->root().type != msgpack::type::MAP)
    return Status(Code::kCorrupt, "the reply is not a map");
  return ControlReply(std::move(owned), std::move(decoded).value());
}

std::optional<std::string_view> ControlReply::error() const {
  const msgpack::object* error = find_key(map(), "error");
  if (error == nullptr || error->is_nil()) return std::nullopt;
  return as_text(*error).value_or("for a reason that is no text");
}

static SocketOptions control_socket_options(const Address& peer) {
  SocketOptions options;
  options.max_message_bytes = kMaxControlReplyBytes;
  options.ipv6 = peer.ipv6();
  return options;
}

ControlExchange::ControlExchange(zmq::context_t& context, const Address& peer)
    : peer_(peer),
      socket_(context, zmq::socket_type::req, control_socket_options(peer)),
      connected_(socket_.connect(peer.endpoint())) {}

Status ControlExchange::send(std::string_view request) {
  OX_RETURN_IF_ERROR(connected_);
  if (socket_.send_copy({request}) == SendResult::kSent) return ok_status();
  return Status(Code::kUnavailable, peer_.to_string() + " has not answered yet");
}

std::optional<Result<ControlReply>> ControlExchange::take() {
  std::vector<zmq::message_t> frames;
  if (!socket_.receive(frames)) return std::nullopt;
  if (frames.size() != 1)
    return Status(Code::kCorrupt, fmt::format("the reply has {} parts, not one", frames.size()));
  return ControlReply::decode(view(frames[0]));
}

Result<ControlReply> ControlExchange::wait(Millis timeout) {
  const Clock& clock = Clock::system();
  const MonoTime deadline = clock.mono() + timeout;
  while (true) {
    if (auto reply = take()) return std::move(*reply);
    const MonoTime left = deadline - clock.mono();
    if (left.count() <= 0)
      return Status(Code::kUnavailable, fmt::format("{} did not answer within {}",
                                                    peer_.to_string(), format_duration(timeout)));
    zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
    const auto wait_for = std::chrono::ceil<Millis>(left).count();
    if (zmq_poll(&item, 1, static_cast<long>(wait_for)) < 0 && errno != EINTR)
      return errno_status(errno, "cannot wait for " + peer_.to_string());
  }
}

Result<ControlReply> control_request(zmq::context_t& context, const Address& peer,
                                     std::string_view request, Millis timeout) {
  ControlExchange exchange(context, peer);
  OX_RETURN_IF_ERROR(exchange.send(request));
  return exchange.wait(timeout);
}

}  // namespace ox
