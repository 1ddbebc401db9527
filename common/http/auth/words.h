#pragma once
// Small things that all readers of credentials need of text.
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ascii.h"

namespace ox {

// The words of `text`, which blanks, tabs, line ends or any of `also` separate. Views into it.
std::vector<std::string_view> words_of(std::string_view text, std::string_view also = "");

// For a name in an error message: in double quotes, controls escaped, cut after 64 bytes. Not for
// what may be a secret.
std::string quoted_name(std::string_view name);

}  // namespace ox
