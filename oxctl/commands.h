#pragma once
// The commands of oxctl, one file each. All return the exit code: 0, or 1 with one line on stderr;
// those of a spool and of a store 2 when it cannot be read.
#include "oxctl/session.h"

namespace ox {

int run_status(Session& session);
int run_ping(Session& session);
int run_shutdown(Session& session);
int run_flush(Session& session);
int run_forward(Session& session);
int run_log_level(Session& session);
int run_top(Session& session);
int run_spool(Session& session);
int run_store(Session& session);
// stream, collect, link, tail: where that socket of the node can be reached.
int run_socket_address(Session& session);

// The address a client connects to, from a SOCK_* reply: the control address's host, with that
// port. Error: kNotFound when the reply names no port (the socket is off).
Result<Address> socket_address(const Address& control, const ControlReply& reply);

}  // namespace ox
