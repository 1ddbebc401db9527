#pragma once
// Parts of a JSON text as they were written. What a client signs is the text: a number that has been
// read and printed again need not have its digits any more.
// The text is known to be a document that JsonInput takes; of anything else the parts are wrong, but
// never outside of it.
#include <optional>
#include <string_view>
#include <vector>

namespace ox {

// Of an object: the value of the last pair whose key is written just like `key`, without escapes.
std::optional<std::string_view> json_member(std::string_view object, std::string_view key);

// The elements of an array, without the white space around them.
std::vector<std::string_view> json_elements(std::string_view array);

}  // namespace ox
