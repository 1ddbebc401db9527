#include "common/link/target.h"

#include <fmt/format.h>

namespace ox {

std::string_view target_kind_name(Target::Kind kind) {
  return kind == Target::Kind::kLink ? "link" : "blueox";
}

Result<Target> Target::parse(std::string_view text) {
  constexpr std::string_view kLinkScheme = "link://";
  constexpr std::string_view kBlueoxScheme = "blueox://";
  auto wrong = [&](std::string_view why) {
    return Status(Code::kInvalid, fmt::format("\"{}\": {}", text, why));
  };
  Target target;
  target.name = text;
  std::string_view rest = text;
  bool names_link = rest.starts_with(kLinkScheme);
  if (names_link) rest.remove_prefix(kLinkScheme.size());
  if (rest.starts_with(kBlueoxScheme)) {
    rest.remove_prefix(kBlueoxScheme.size());
    target.kind = Kind::kBlueox;
  }
  // A link is named with its port: 0 stands for "none".
  auto address = Address::parse(rest, names_link ? 0 : kCollectPort);
  if (!address.ok()) return wrong(address.status().message());
  if (address->off()) return wrong("\"off\" is not an address to send to");
  if (address->kind == Address::Kind::kTcp) {
    if (address->host == "*") return wrong("'*' is not an address to send to");
    if (address->port == 0) return wrong("the port is missing");
  }
  target.address = *address;
  if (target.kind == Kind::kLink && !names_link) {
    if (address->kind == Address::Kind::kTcp && address->port == 65535)
      return wrong("there is no link port above 65535");
    target.address = address->neighbour(1, ".link");
  }
  return target;
}

std::string Target::lasting_name() const {
  return fmt::format("{}://{}", target_kind_name(kind), address.to_string());
}

Result<Target> Target::parse_forward(std::string_view text) {
  constexpr std::string_view kOptional = ",optional";
  bool optional = text.ends_with(kOptional);
  if (optional) text.remove_suffix(kOptional.size());
  if (text.find(',') != std::string_view::npos)
    return Status(Code::kInvalid,
                  fmt::format("\"{}\": nothing but \",optional\" may follow a target", text));
  OX_ASSIGN_OR_RETURN(Target target, parse(text));
  target.optional = optional;
  return target;
}

}  // namespace ox
