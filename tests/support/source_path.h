#pragma once
#include <string>
#include <string_view>

namespace ox {

// Where a file of the repository lies: source_path("proto/vectors/meta.json").
std::string source_path(std::string_view file);

}  // namespace ox
