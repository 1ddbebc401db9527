#include "oxingest/stream_kinds.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "oxingest/feed_kinds.h"
#include "oxingest/syslog_kinds.h"

namespace ox {
namespace {

constexpr std::string_view kUnixMarks[] = {"unix://", "ipc://", "unix:"};

Result<Address> parse_unix(std::string_view text) {
  for (std::string_view mark : kUnixMarks)
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
  if (text.empty()) return Status(Code::kInvalid, "the path of a socket is empty");
  Address address;
  address.kind = Address::Kind::kIpc;
  address.path = text;
  return address;
}

bool names_unix(std::string_view text) {
  return text.starts_with('/') ||
         std::any_of(std::begin(kUnixMarks), std::end(kUnixMarks),
                     [text](std::string_view mark) { return text.starts_with(mark); });
}

Result<Address> parse_place(const StreamKind& kind, std::string_view text) {
  if (kind.where == StreamKind::Where::kUnix ||
      (kind.where == StreamKind::Where::kBoth && names_unix(text)))
    return parse_unix(text);
  OX_ASSIGN_OR_RETURN(Address address, Address::parse(text, kind.port));
  if (address.kind != Address::Kind::kTcp)
    return Status(Code::kInvalid, fmt::format("'{}' is no address of an IP network", text));
  return address;
}

}  // namespace

Result<StreamSpec> StreamSpec::parse(const StreamKind& kind, std::string_view text) {
  StreamSpec spec;
  spec.kind = &kind;
  std::size_t comma = std::min(text.find(','), text.size());
  OX_ASSIGN_OR_RETURN(spec.address, parse_place(kind, text.substr(0, comma)));
  std::string_view rest = text.substr(comma);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size());
    const std::size_t mark = word.find('=');
    const std::string_view name = word.substr(0, mark);
    const bool known =
        mark != std::string_view::npos && !name.empty() &&
        (name == "type" || kind.settings.find(fmt::format(" {} ", name)) != std::string_view::npos);
    if (!known)
      return Status(Code::kInvalid, fmt::format("'{}': '{}' is no setting of {}; it takes {}", text,
                                                word, kind.option, kind.value));
    const std::string_view value = word.substr(mark + 1);
    if (value.empty()) return Status(Code::kInvalid, fmt::format("'{}': {} is empty", text, name));
    if (name == "type") {
      auto parsed = TypeTemplate::parse(value);
      if (!parsed.ok()) return parsed.status().at(fmt::format("'{}': type", text));
      spec.type = std::move(*parsed);
    } else if (!spec.settings.emplace(name, value).second) {
      return Status(Code::kInvalid, fmt::format("'{}': {} is given twice", text, name));
    }
  }
  for (std::string_view names = kind.required; !names.empty();) {
    const std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (spec.setting(name).empty())
      return Status(Code::kInvalid, fmt::format("'{}': {}= is missing; {} takes {}", text, name,
                                                kind.option, kind.value));
  }
  return spec;
}

std::span<const StreamKind> stream_kinds() {
  static const std::vector<StreamKind> kKinds = [] {
    std::vector<StreamKind> all;
    for (std::span<const StreamKind> some : {feed_kinds(), syslog_kinds()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return kKinds;
}

}  // namespace ox
