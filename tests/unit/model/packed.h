#pragma once
// MessagePack in tests, written and read as JSON.
#include <string>
#include <string_view>
#include <vector>

#include "proto/raw_value.h"

namespace ox {

// The MessagePack of a JSON text, by the parser that is tested in json_text_test.cc.
std::string packed(std::string_view json);
// The JSON text of one MessagePack value, which must be all of `bytes`.
std::string json_of(std::string_view bytes);
// The lines of a file beside these tests, each as MessagePack.
std::vector<std::string> read_cases(const std::string& file);
// The text at `key` of a case, which has it.
std::string text_at(std::string_view record, std::string_view key);
// True when it is null, or there is none.
bool null_at(std::string_view record, std::string_view key);

}  // namespace ox
