#include "common/ingest/front/http_options.h"

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/front/http_apis.h"
#include "common/ingest/front/option_value.h"
#include "common/link/control_client.h"

namespace ox {
namespace {

// The collector's control port is one below its collect port, and the link one above.
constexpr int kControlBesideLink = -2;

// "[API=]TEMPLATE": what stands before '=' is an API when it looks like one.
Result<std::pair<std::string, TypeTemplate>> parse_type(std::string_view text) {
  std::string api;
  std::size_t mark = text.find('=');
  bool named = mark != std::string_view::npos && mark > 0 &&
               text.substr(0, mark).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
                   std::string_view::npos;
  if (named) {
    api = text.substr(0, mark);
    if (!is_http_api(api))
      return Status(Code::kInvalid,
                    fmt::format("'{}' is no API; there are {}", api, http_api_words()));
    text.remove_prefix(mark + 1);
  }
  OX_ASSIGN_OR_RETURN(TypeTemplate type, TypeTemplate::parse(text));
  return std::pair(std::move(api), std::move(type));
}

}  // namespace

std::optional<TypeTemplate> HttpOptions::type_of(std::string_view api) const {
  std::optional<TypeTemplate> general;
  std::optional<TypeTemplate> own;
  for (const auto& [name, type] : types) {
    if (name.empty()) general = type;
    if (name == api) own = type;
  }
  return own ? own : general;
}

Address HttpOptions::record_ids_of(const Address& link) const {
  return record_ids ? *record_ids : link.neighbour(kControlBesideLink, ".control");
}

void HttpOptions::declare(CommandLine& line) {
  declare_listeners(
      line,
      "Take events over HTTP here (port 8080 unless given), every API by its path; repeatable. "
      "profile=pbu: in the place of a PBU log server, with its port 4999 and its level files; "
      "profile=es, profile=logstash: of an Elasticsearch, with its port 9200, or of Logstash's "
      "HTTP input; tls: with --tls-cert and --tls-key");
  declare_ingest(line);
}

void HttpOptions::declare_ingest(CommandLine& line) {
  CLI::App& app = line.app();
  app.add_option_function<std::string>(
         "--record-ids",
         [this](const std::string& text) {
           record_ids = value_of("--record-ids", parse_control_address(text));
         },
         "Control address of the collector that gives out record ids (one port below the collect "
         "address of the first one)")
      ->type_name("HOST[:PORT]");
  app.add_option_function<std::vector<std::string>>(
         "--type",
         [this](const std::vector<std::string>& texts) {
           types.clear();
           for (const std::string& text : texts)
             types.push_back(value_of("--type", parse_type(text)));
         },
         "Name the events of an API, or of all, like this: \"chronologer=app.{name}\"; repeatable")
      ->type_name("[API=]TEMPLATE")
      ->allow_extra_args(false);
}

Status HttpOptions::check() const {
  OX_RETURN_IF_ERROR(check_listeners());
  if (listeners.empty() && !types.empty()) return Status(Code::kInvalid, "--type is for --http");
  return ok_status();
}

}  // namespace ox
