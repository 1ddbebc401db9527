#pragma once
// RELP's server: a message is answered "200 OK" when the next hop has acknowledged its event, and
// not before. What the next hop refuses for what it is has arrived there as well, and is a dead
// letter. Metrics of a server named "relp": stream.relp.events (that are safe), .broken
// (connections that speak no RELP).
#include <memory>

#include "common/ingest/stream/stream_session.h"
#include "common/ingest/syslog/syslog_protocols.h"

namespace ox {

std::unique_ptr<StreamProtocol> relp_stream(const SyslogSetup& setup);

}  // namespace ox
