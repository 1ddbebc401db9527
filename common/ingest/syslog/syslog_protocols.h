#pragma once
// Syslog on the stream engine. Nobody is answered: a sender cannot know what arrived.
// Metrics of a server named "syslog_tcp": stream.syslog_tcp.broken (connections whose framing
// cannot be understood), .pickles (of Python, dropped), .cut (pieces of messages over the limit).
#include <cstddef>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/ingest/model/type_template.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

struct SyslogSetup {
  std::string name;    // of metrics: "syslog_tcp"
  std::string option;  // of messages: "--syslog-tcp"
  TypeTemplate type;
  std::size_t max_message = 1 << 20;  // bytes of a message that is not cut
  Metrics& metrics;
  const Clock& clock = Clock::system();
};

// The outlet and what the setup refers to must outlive them.
std::unique_ptr<StreamProtocol> syslog_stream(const SyslogSetup& setup, EventOutlet& outlet);
std::unique_ptr<DatagramProtocol> syslog_datagrams(const SyslogSetup& setup, EventOutlet& outlet);

}  // namespace ox
