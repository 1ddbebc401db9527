#include "proto/type_pattern.h"

#include <fmt/format.h>

namespace ox {

Result<TypePattern> TypePattern::parse(std::string_view text) {
  if (text.empty()) return Status(Code::kInvalid, "a type pattern must not be empty");
  TypePattern pattern;
  pattern.exact_ = text.back() != '*';
  pattern.name_ = pattern.exact_ ? text : text.substr(0, text.size() - 1);
  if (pattern.name_.find('*') != std::string::npos)
    return Status(Code::kInvalid,
                  fmt::format("type pattern '{}': a '*' has a meaning only at the end", text));
  return pattern;
}

}  // namespace ox
