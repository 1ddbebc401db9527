#include "common/ingest/front/listener_options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/front/option_value.h"

namespace ox {
namespace {

struct Profile {
  std::string_view name;
  std::uint16_t port;
};
constexpr auto kProfiles =
    std::to_array<Profile>({{"es", 9200}, {"logstash", 8080}, {"pbu", 4999}});
constexpr std::uint16_t kHttpPort = 8080;

}  // namespace

bool is_http_profile(std::string_view name) {
  return std::any_of(kProfiles.begin(), kProfiles.end(),
                     [name](const Profile& profile) { return profile.name == name; });
}

std::string http_profiles() {
  std::string out;
  for (const Profile& profile : kProfiles) {
    if (!out.empty()) out += ", ";
    out += profile.name;
  }
  return out;
}

std::uint16_t http_port(std::string_view profile) {
  for (const Profile& known : kProfiles)
    if (known.name == profile) return known.port;
  return kHttpPort;
}

Result<HttpListenerSpec> HttpListenerSpec::parse(std::string_view text) {
  HttpListenerSpec spec;
  std::size_t comma = std::min(text.find(','), text.size());
  std::string_view rest = text.substr(comma);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    constexpr std::string_view kProfile = "profile=";
    if (word == "tls") {
      spec.tls = true;
    } else if (word.starts_with(kProfile) && is_http_profile(word.substr(kProfile.size()))) {
      spec.profile = word.substr(kProfile.size());
    } else if (word.starts_with(kProfile)) {
      return Status(Code::kInvalid,
                    fmt::format("'{}': there is no profile '{}'; there are {}", text,
                                word.substr(kProfile.size()), http_profiles()));
    } else {
      return Status(Code::kInvalid,
                    fmt::format("'{}': '{}' is neither tls nor profile=NAME", text, word));
    }
  }
  OX_ASSIGN_OR_RETURN(spec.address, Address::parse(text.substr(0, comma), http_port(spec.profile)));
  if (spec.address.kind != Address::Kind::kTcp)
    return Status(Code::kInvalid, fmt::format("'{}' is no TCP address", text));
  return spec;
}

void ListenerOptions::declare_listeners(CommandLine& line, const std::string& http_help) {
  CLI::App& app = line.app();
  app.add_option_function<std::vector<std::string>>(
         "--http",
         [this](const std::vector<std::string>& texts) {
           listeners.clear();
           for (const std::string& text : texts)
             listeners.push_back(value_of("--http", HttpListenerSpec::parse(text)));
         },
         http_help)
      ->type_name("HOST[:PORT][,profile=NAME][,tls]")
      ->allow_extra_args(false);
  app.add_option("--tls-cert", tls_certificate_file, "The certificate, and its chain (PEM)")
      ->type_name("FILE");
  app.add_option("--tls-key", tls_key_file, "Its private key (PEM)")->type_name("FILE");
  app.add_option("--http-users", user_file,
                 "Users, their password digests and roles (JSON; CHRONOLOGER_AUTHFILE)")
      ->type_name("FILE");
  app.add_option("--http-tokens", token_file,
                 "Tokens and their roles, one a line (OX_HTTP_TOKEN_FILE)")
      ->type_name("FILE");
  app.add_flag("--insecure", insecure,
               "Listen beyond this machine even where nobody has to prove who they are")
      ->envname("OX_INSECURE");
}

Status ListenerOptions::check_listeners() const {
  if (tls_certificate_file.empty() != tls_key_file.empty())
    return Status(Code::kInvalid, "--tls-cert and --tls-key go together: give both");
  bool tls = std::any_of(listeners.begin(), listeners.end(),
                         [](const HttpListenerSpec& spec) { return spec.tls; });
  if (tls && tls_key_file.empty())
    return Status(Code::kInvalid, "--http with tls needs --tls-cert and --tls-key");
  if (!tls && !tls_key_file.empty())
    return Status(Code::kInvalid, "--tls-cert is given, but no --http has ',tls'");
  if (listeners.empty() && (!user_file.empty() || !token_file.empty()))
    return Status(Code::kInvalid, "--http-users and --http-tokens are for --http");
  return ok_status();
}

}  // namespace ox
