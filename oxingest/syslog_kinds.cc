#include "oxingest/syslog_kinds.h"

#include <string>

#include "common/ingest/syslog/relp_protocol.h"
#include "common/ingest/syslog/syslog_protocols.h"

namespace ox {
namespace {

TypeTemplate type_of_syslog(const StreamSpec& spec) {
  return spec.type ? *spec.type : *TypeTemplate::parse("syslog");
}

SyslogSetup syslog_setup(const StreamSpec& spec, const StreamSetup& setup) {
  return {.name = std::string(spec.kind->word),
          .option = spec.kind->option,
          .type = type_of_syslog(spec),
          .max_message = setup.max_event_bytes,
          .metrics = setup.metrics};
}

Result<Address> open_syslog_datagrams(StreamServer& server, const StreamSpec& spec,
                                      const StreamSetup& setup) {
  return server.receive(spec.address, syslog_datagrams(syslog_setup(spec, setup), server.outlet()));
}

Result<Address> open_syslog_stream(StreamServer& server, const StreamSpec& spec,
                                   const StreamSetup& setup) {
  return server.listen(spec.address, syslog_stream(syslog_setup(spec, setup), server.outlet()));
}

Result<Address> open_syslog_tls(StreamServer& server, const StreamSpec& spec,
                                const StreamSetup& setup) {
  const StreamTls tls{std::string(spec.setting("cert")), std::string(spec.setting("key")),
                      std::string(spec.setting("ca"))};
  return server.listen(spec.address, syslog_stream(syslog_setup(spec, setup), server.outlet()),
                       tls);
}

Result<Address> open_relp(StreamServer& server, const StreamSpec& spec, const StreamSetup& setup) {
  return server.listen(spec.address, relp_stream(syslog_setup(spec, setup)));
}

constexpr StreamKind kSyslogKinds[] = {
    {.option = "--syslog-udp",
     .word = "syslog_udp",
     .where = StreamKind::Where::kIp,
     .port = 514,
     .value = "HOST[:PORT][,type=TEMPLATE]",
     .help = "Take syslog over UDP here (port 514 unless given), RFC 3164 and 5424; repeatable. "
             "type: how its events are named (syslog)",
     .settings = "",
     .open = open_syslog_datagrams},
    {.option = "--syslog-tcp",
     .word = "syslog_tcp",
     .where = StreamKind::Where::kIp,
     .port = 514,
     .value = "HOST[:PORT][,type=TEMPLATE]",
     .help = "The same over TCP, with counted octets or lines, as each sender likes; repeatable",
     .settings = "",
     .open = open_syslog_stream},
    {.option = "--syslog-unix",
     .word = "syslog_unix",
     .where = StreamKind::Where::kUnix,
     .port = 0,
     .value = "PATH[,type=TEMPLATE]",
     .help = "The same from a unix datagram socket, as /dev/log is one; repeatable",
     .settings = "",
     .open = open_syslog_datagrams},
    {.option = "--syslog-tls",
     .word = "syslog_tls",
     .where = StreamKind::Where::kIp,
     .port = 6514,
     .value = "HOST[:PORT],cert=FILE,key=FILE[,ca=FILE][,type=TEMPLATE]",
     .help = "The same over TLS (port 6514 unless given), with a certificate, its chain and its "
             "private key (PEM); ca: clients need a certificate of one of these authorities; "
             "repeatable",
     .settings = " cert key ca ",
     .open = open_syslog_tls,
     .required = "cert key"},
    {.option = "--relp",
     .word = "relp",
     .where = StreamKind::Where::kIp,
     .port = 2514,
     .value = "HOST[:PORT][,type=TEMPLATE]",
     .help = "Take syslog over RELP here (port 2514 unless given), as of rsyslog's omrelp: each "
             "message is answered when its event is safe; repeatable",
     .settings = "",
     .open = open_relp},
};

}  // namespace

std::span<const StreamKind> syslog_kinds() { return kSyslogKinds; }

}  // namespace ox
