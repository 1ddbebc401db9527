#pragma once
#include <string>
#include <utility>
#include <vector>

namespace ox {

// What --print-ports writes, one line: {"control": "127.0.0.1:3513", ...}, in the given order.
std::string ports_line(const std::vector<std::pair<std::string, std::string>>& ports);

}  // namespace ox
