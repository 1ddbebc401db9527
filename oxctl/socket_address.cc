#include <fmt/format.h>

#include "oxctl/commands.h"
#include "oxctl/node_status.h"
#include "oxctl/printable.h"
#include "proto/control.h"

namespace ox {

Result<Address> socket_address(const Address& control, const ControlReply& reply) {
  const auto port = shown_uint(reply.map(), "port");
  if (!port || *port == 0 || *port > 65535)
    return Status(Code::kNotFound, "the reply names no port: that socket is off");
  // A node whose control socket is a local one listens for the rest on this machine.
  const bool tcp = control.kind == Address::Kind::kTcp;
  return Address::tcp(tcp ? control.host : "127.0.0.1", static_cast<std::uint16_t>(*port));
}

int run_socket_address(Session& session) {
  const std::string& which = session.options().command;
  const std::string_view request = which == "stream"    ? control::kSockStream
                                   : which == "collect" ? control::kSockCollect
                                   : which == "link"    ? control::kSockLink
                                                        : control::kSockTail;
  return session.ask(encode_control_request(request),
                     [&](const ControlReply& reply) -> Result<std::string> {
                       OX_ASSIGN_OR_RETURN(Address address, socket_address(session.host(), reply));
                       return printable(address.to_string()) + "\n";
                     });
}

}  // namespace ox
