#pragma once
// What the command line says of events over HTTP.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/address.h"
#include "common/base/status.h"
#include "common/ingest/front/listener_options.h"
#include "common/ingest/model/type_template.h"

namespace ox {

struct HttpOptions : ListenerOptions {
  // Control address of the collector; nothing: of the first host.
  std::optional<Address> record_ids;
  // API, or "" for all, and how its events are named.
  std::vector<std::pair<std::string, TypeTemplate>> types;

  // The template for an API: its own, or else that for all. The last one given counts.
  std::optional<TypeTemplate> type_of(std::string_view api) const;

  // The control address that record ids are asked of; `link`: of the first host.
  Address record_ids_of(const Address& link) const;

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // Those alone that are not for listeners.
  void declare_ingest(CommandLine& line);
  // What one option alone cannot tell. Error: kInvalid.
  Status check() const;
};

}  // namespace ox
