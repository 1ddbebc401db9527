#pragma once
#include <string_view>

namespace ox {

// The description of our own reading API, OpenAPI 3.0, as JSON.
std::string_view oxd_openapi();

}  // namespace ox
