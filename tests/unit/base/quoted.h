#pragma once
#include <string>
#include <string_view>

namespace ox {

// 'text', as error messages cite what they refuse.
inline std::string quoted(std::string_view text) {
  std::string out = "'";
  out += text;
  out += '\'';
  return out;
}

}  // namespace ox
