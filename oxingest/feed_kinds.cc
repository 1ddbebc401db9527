#include "oxingest/feed_kinds.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/file_system.h"
#include "common/ingest/api/eventlog_client/eventlog_model.h"
#include "common/ingest/feed/beats_session.h"
#include "common/ingest/feed/json_feed.h"
#include "common/ingest/fluent/forward_heartbeat.h"
#include "common/ingest/fluent/forward_session.h"

namespace ox {
namespace {

Result<std::optional<StreamTls>> tls_of(const StreamSpec& spec) {
  StreamTls tls{.certificate_file = std::string(spec.setting("cert")),
                .key_file = std::string(spec.setting("key")),
                .ca_file = std::string(spec.setting("ca"))};
  if (tls.certificate_file.empty() != tls.key_file.empty())
    return Status(Code::kInvalid,
                  fmt::format("{}: cert and key go together: give both", spec.kind->option));
  if (tls.key_file.empty() && !tls.ca_file.empty())
    return Status(Code::kInvalid,
                  fmt::format("{}: ca is for TLS: give cert and key, too", spec.kind->option));
  if (tls.key_file.empty()) return std::optional<StreamTls>();
  return std::optional(std::move(tls));
}

Result<Address> open_fluent(StreamServer& server, const StreamSpec& spec,
                            const StreamSetup& setup) {
  OX_ASSIGN_OR_RETURN(auto tls, tls_of(spec));
  ForwardOptions options;
  options.events = {.type = spec.type, .max_event_bytes = setup.max_event_bytes};
  options.option = spec.kind->option;
  if (std::string file(spec.setting("shared-key")); !file.empty()) {
    auto security = load_forward_security(FileSystem::real(), file, setup.node_name);
    // Whatever it is, the configuration is to be put right.
    if (!security.ok())
      return Status(Code::kInvalid,
                    fmt::format("{}: {}", spec.kind->option, security.status().message()));
    options.security = std::move(*security);
  }
  OX_ASSIGN_OR_RETURN(Address bound,
                      server.listen(spec.address,
                                    std::make_unique<ForwardProtocol>(
                                        std::move(options), server.outlet(), setup.metrics),
                                    tls));
  if (bound.kind == Address::Kind::kTcp)
    OX_RETURN_IF_ERROR(server.receive(bound, std::make_unique<ForwardHeartbeat>()).status());
  return bound;
}

JsonFeedOptions json_options(const StreamSpec& spec, const StreamSetup& setup) {
  const bool logstash = spec.kind->word.starts_with("logstash");
  return {.profile = logstash ? JsonProfile::kLogstash : JsonProfile::kEventlog,
          .option = spec.kind->option,
          .name = std::string(spec.kind->word),
          .events = {.word = logstash ? "logstash" : "eventlog_client",
                     .usual_type = std::string(logstash ? "logstash" : kEventlogClientType),
                     .type = spec.type,
                     .max_event_bytes = setup.max_event_bytes}};
}

Result<Address> open_json_tcp(StreamServer& server, const StreamSpec& spec,
                              const StreamSetup& setup) {
  OX_ASSIGN_OR_RETURN(auto tls, tls_of(spec));
  return server.listen(
      spec.address,
      std::make_unique<JsonFeedProtocol>(json_options(spec, setup), server.outlet(), setup.metrics),
      tls);
}

Result<Address> open_json_udp(StreamServer& server, const StreamSpec& spec,
                              const StreamSetup& setup) {
  return server.receive(
      spec.address, std::make_unique<JsonFeedDatagrams>(json_options(spec, setup), server.outlet(),
                                                        setup.metrics));
}

Result<Address> open_beats(StreamServer& server, const StreamSpec& spec, const StreamSetup& setup) {
  OX_ASSIGN_OR_RETURN(auto tls, tls_of(spec));
  BeatsOptions options;
  options.option = spec.kind->option;
  options.events = {.word = "beats",
                    .usual_type = "beats",
                    .type = spec.type,
                    .max_event_bytes = setup.max_event_bytes};
  options.limits.event = options.events.max_text();
  return server.listen(spec.address,
                       std::make_unique<BeatsProtocol>(std::move(options), setup.metrics), tls);
}

constexpr StreamKind kFeedKinds[] = {
    {.option = "--fluent",
     .word = "fluent",
     .where = StreamKind::Where::kBoth,
     .port = 24224,
     .value =
         "HOST[:PORT]|unix:PATH[,shared-key=FILE][,cert=FILE,key=FILE[,ca=FILE]][,type=TEMPLATE]",
     .help =
         "Take what Fluentd, Fluent Bit and the fluent-logger libraries send (Forward protocol; "
         "port 24224 unless given, over UDP the heartbeats): a chunk is acknowledged when its "
         "events are. shared-key: senders have to prove that they know it; cert, key: TLS; ca: "
         "with certificates of this authority; type: how its events are named (their tag); "
         "repeatable",
     .settings = " shared-key cert key ca ",
     .open = open_fluent},
    {.option = "--json-tcp",
     .word = "json_tcp",
     .where = StreamKind::Where::kBoth,
     .port = 5001,
     .value = "HOST[:PORT]|unix:PATH[,cert=FILE,key=FILE[,ca=FILE]][,type=TEMPLATE]",
     .help = "Take JSON objects over TCP here (port 5001 unless given), in lines or one behind the "
             "other, as eventlog's client library sends them; repeatable",
     .settings = " cert key ca ",
     .open = open_json_tcp},
    {.option = "--json-udp",
     .word = "json_udp",
     .where = StreamKind::Where::kIp,
     .port = 5001,
     .value = "HOST[:PORT][,type=TEMPLATE]",
     .help = "The same over UDP, one or more in a datagram; repeatable",
     .settings = "",
     .open = open_json_udp},
    {.option = "--logstash-tcp",
     .word = "logstash_tcp",
     .where = StreamKind::Where::kBoth,
     .port = 5959,
     .value = "HOST[:PORT]|unix:PATH[,cert=FILE,key=FILE[,ca=FILE]][,type=TEMPLATE]",
     .help = "In the place of Logstash's TCP input with its JSON codecs (port 5959 unless given); "
             "repeatable",
     .settings = " cert key ca ",
     .open = open_json_tcp},
    {.option = "--logstash-udp",
     .word = "logstash_udp",
     .where = StreamKind::Where::kIp,
     .port = 5959,
     .value = "HOST[:PORT][,type=TEMPLATE]",
     .help = "In the place of Logstash's UDP input; repeatable",
     .settings = "",
     .open = open_json_udp},
    {.option = "--beats",
     .word = "beats",
     .where = StreamKind::Where::kIp,
     .port = 5044,
     .value = "HOST[:PORT][,cert=FILE,key=FILE[,ca=FILE]][,type=TEMPLATE]",
     .help = "Take what Elastic's Beats send to Logstash (port 5044 unless given): a window is "
             "acknowledged when its events are; repeatable",
     .settings = " cert key ca ",
     .open = open_beats},
};

}  // namespace

std::span<const StreamKind> feed_kinds() { return kFeedKinds; }

}  // namespace ox
