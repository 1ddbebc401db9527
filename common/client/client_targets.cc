#include "common/client/client_targets.h"

#include <cstdlib>

#include <fmt/format.h>

namespace ox {

static Result<ClientTargets> parse_list(std::string_view text) {
  ClientTargets targets;
  if (text == "off") return targets;
  std::string_view rest = text;
  while (true) {
    std::size_t comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    OX_ASSIGN_OR_RETURN(Target target, Target::parse(part));
    targets.kind = target.kind;
    targets.addresses.push_back(target.address);
    // A PUSH socket would deal the events out among them, and the two kinds do not mix either.
    if (targets.addresses.size() > 1 && text.find("blueox://") != std::string_view::npos)
      return Status(Code::kInvalid,
                    fmt::format("\"{}\": blueox:// goes to one address only", text));
    if (comma == std::string_view::npos) return targets;
    rest.remove_prefix(comma + 1);
  }
}

Result<ClientTargets> ClientTargets::parse(std::string_view text) {
  if (!text.empty()) return parse_list(text);
  const char* variable = std::getenv("BLUEOX_HOST");
  if (variable == nullptr || *variable == '\0') return parse_list("127.0.0.1");
  auto targets = parse_list(variable);
  if (!targets.ok()) return targets.status().at("BLUEOX_HOST");
  return targets;
}

std::string ClientTargets::to_string() const {
  if (off()) return "off";
  std::string out;
  for (const Address& address : addresses) {
    if (!out.empty()) out += ",";
    out += kind == Target::Kind::kLink ? "link://" : "blueox://";
    out += address.to_string();
  }
  return out;
}

}  // namespace ox
