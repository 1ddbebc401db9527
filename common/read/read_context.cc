#include "common/read/read_context.h"

namespace ox {

std::vector<TypePattern> ReadContext::types_of(std::string_view api) const {
  auto given = types.find(api);
  if (given != types.end()) return given->second;
  auto usual = TypePattern::parse(api);
  OX_CHECK(usual.ok());
  return {std::move(*usual)};
}

}  // namespace ox
