#pragma once
// Which protocols there are that are no HTTP: one entry for each option.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/address.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/ingest/model/type_template.h"
#include "common/ingest/stream/stream_server.h"

namespace ox {

struct StreamKind;

// One listener, as the command line says it: "HOST[:PORT][,NAME=VALUE]...".
struct StreamSpec {
  const StreamKind* kind = nullptr;
  Address address;
  std::optional<TypeTemplate> type;  // type=
  // The others; those of the kind, each at most once.
  std::map<std::string, std::string, std::less<>> settings;

  std::string_view setting(std::string_view name) const {
    auto found = settings.find(name);
    return found == settings.end() ? std::string_view() : std::string_view(found->second);
  }
  // Error: kInvalid, naming the text.
  static Result<StreamSpec> parse(const StreamKind& kind, std::string_view text);
};

// What the listeners of a program have in common.
struct StreamSetup {
  std::string node_name;
  std::uint64_t max_event_bytes = 1 << 20;
  Metrics& metrics;
};

struct StreamKind {
  enum class Where { kIp, kUnix, kBoth };

  const char* option;     // "--syslog-udp"
  std::string_view word;  // of metrics and of --print-ports: "syslog_udp"
  Where where;
  std::uint16_t port;  // where the address names none
  const char* value;   // "HOST[:PORT][,type=TEMPLATE]"
  const char* help;
  std::string_view settings;  // beside type=, between blanks: " cert key ca "
  // Opens the listener on the server, which has this kind's name. Errors: kInvalid (settings), and
  // as StreamServer's.
  Result<Address> (*open)(StreamServer& server, const StreamSpec& spec, const StreamSetup& setup);
  std::string_view required = {};  // settings that must be given, between blanks
};

std::span<const StreamKind> stream_kinds();

}  // namespace ox
