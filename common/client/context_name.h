#pragma once
// How the name given to a context becomes the type of its event (docs/client.md, "Names").
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace ox {

struct ResolvedName {
  std::string name;
  // Index of the open context it belongs to; none: it begins a tree of its own.
  std::optional<std::size_t> parent;
};

// `open` are the names of the thread's open contexts, the outermost first.
//   .name    below the innermost, and ^.name below the outermost open context. When the first part
//   of
//            `name` is a part of that context's name, the last such part is where `name` goes on:
//            .db.query within request.db is request.db.query. Without open contexts: name.
//   a.name   as it stands; below the open context whose name is its longest dotted beginning.
// Error: kInvalid, naming what is wrong; also for a result longer than kMaxNameBytes.
Result<ResolvedName> resolve_name(std::string_view given,
                                  const std::vector<std::string_view>& open);

// The part of `given` behind "." or "^."; all of it when it is not relative.
std::string_view without_anchor(std::string_view given);

}  // namespace ox
