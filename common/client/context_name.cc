#include "common/client/context_name.h"

#include <fmt/format.h>

#include "proto/batch.h"

namespace ox {

static Status bad_name(std::string_view given, std::string_view why) {
  return Status(Code::kInvalid, fmt::format("context name \"{}\": {}", given, why));
}

std::string_view without_anchor(std::string_view given) {
  if (given.substr(0, 2) == "^.") return given.substr(2);
  if (given.substr(0, 1) == ".") return given.substr(1);
  return given;
}

static bool has_empty_part(std::string_view name) {
  return name.empty() || name.front() == '.' || name.back() == '.' ||
         name.find("..") != std::string_view::npos;
}

static std::string join_below(std::string_view parent, std::string_view relative) {
  if (parent.empty()) return std::string(relative);
  std::string_view first = relative.substr(0, relative.find('.'));
  std::string_view kept = parent;
  while (true) {
    std::size_t dot = kept.rfind('.');
    std::size_t at = dot == std::string_view::npos ? 0 : dot + 1;
    if (kept.substr(at) == first) return std::string(kept.substr(0, at)).append(relative);
    if (at == 0) return fmt::format("{}.{}", parent, relative);
    kept = kept.substr(0, dot);
  }
}

// True for "request" of "request" and of "request.db", not of "requests".
static bool begins(std::string_view beginning, std::string_view name) {
  if (beginning.empty() || name.substr(0, beginning.size()) != beginning) return false;
  return name.size() == beginning.size() || name[beginning.size()] == '.';
}

static Result<ResolvedName> resolve(std::string_view given,
                                    const std::vector<std::string_view>& open) {
  if (given.empty()) return bad_name(given, "it is empty");
  const bool below_innermost = given.front() == '.';
  const bool below_outermost = given.front() == '^';
  if (below_outermost && given.substr(0, 2) != "^.")
    return bad_name(given, "\"^\" is followed by a dot and a name, as in \"^.db\"");
  std::string_view name = without_anchor(given);
  if (below_innermost && name.substr(0, 1) == ".")
    return bad_name(given, "one leading dot is the parent; there is no way further up but \"^.\"");
  if (has_empty_part(name)) return bad_name(given, "a part is empty");

  if (below_innermost || below_outermost) {
    if (open.empty()) return ResolvedName{std::string(name), std::nullopt};
    std::size_t parent = below_innermost ? open.size() - 1 : 0;
    return ResolvedName{join_below(open[parent], name), parent};
  }
  ResolvedName resolved{std::string(name), std::nullopt};
  for (std::size_t i = 0; i < open.size(); ++i)
    if (begins(open[i], name) &&
        (!resolved.parent || open[i].size() >= open[*resolved.parent].size()))
      resolved.parent = i;
  return resolved;
}

Result<ResolvedName> resolve_name(std::string_view given,
                                  const std::vector<std::string_view>& open) {
  auto resolved = resolve(given, open);
  if (resolved.ok() && resolved->name.size() > kMaxNameBytes)
    return bad_name(given.substr(0, kMaxNameBytes),
                    fmt::format("the type would be longer than {} bytes", kMaxNameBytes));
  return resolved;
}

}  // namespace ox
