#pragma once
// What a command line says of the HTTP listeners of a program, and of who may use them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/status.h"

namespace ox {

class CommandLine;

// Listeners that stand in for one API's own server.
bool is_http_profile(std::string_view name);
std::string http_profiles();  // for people: "es, logstash, pbu"
// Of a listener whose address names none; "": one without a profile.
std::uint16_t http_port(std::string_view profile);

// One --http: "HOST:PORT[,profile=NAME][,tls]".
struct HttpListenerSpec {
  Address address;
  std::string profile;  // of http_profiles(); "": none
  bool tls = false;

  // Error: kInvalid, naming the text.
  static Result<HttpListenerSpec> parse(std::string_view text);
};

struct ListenerOptions {
  std::vector<HttpListenerSpec> listeners;  // none: no HTTP
  std::string tls_certificate_file;         // PEM; both or neither
  std::string tls_key_file;
  std::string user_file;   // "": what the environment says
  std::string token_file;  // the same
  bool insecure = false;

  // Adds the options to `line`, with this text for --http; parse() fills them in. `this` must
  // outlive the parse.
  void declare_listeners(CommandLine& line, const std::string& http_help);
  // What one option alone cannot tell. Error: kInvalid.
  Status check_listeners() const;
};

}  // namespace ox
