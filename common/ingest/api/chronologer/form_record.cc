#include "common/ingest/api/chronologer/form_record.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/ingest/model/pack.h"
#include "common/ingest/model/python_literal.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

bool is_plain_text(std::string_view key) {
  return key == "name" || key == "msg" || key == "message";
}

bool is_text_or_none(std::string_view key) {
  static constexpr std::array<std::string_view, 10> kKeys = {
      "exc_text",   "pathname",    "filename", "module",    "funcName",
      "threadName", "processName", "origname", "levelname", "asctime"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

void append_value(std::string_view key, std::string_view text, std::string& out) {
  if (is_plain_text(key)) {
    pack_text(out, text);
  } else if (is_text_or_none(key)) {
    text == "None" ? pack_nil(out) : pack_text(out, text);
  } else if (!append_python_literal(text, out)) {
    pack_text(out, text);
  }
}

}  // namespace

Status append_form_record(const HttpPairs& pairs, std::string& out) {
  std::vector<std::vector<std::string_view>> values;  // of the keys in order
  std::vector<std::string_view> keys;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const auto& [key, value] : pairs) {
    if (!is_utf8(key) || !is_utf8(value)) return Status(Code::kInvalid, "the form is not UTF-8");
    auto [found, is_new] = places.try_emplace(key, keys.size());
    if (is_new) {
      keys.push_back(key);
      values.emplace_back();
    }
    values[found->second].push_back(value);
  }

  pack_map_header(out, keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    pack_text(out, keys[i]);
    if (values[i].size() == 1) {
      append_value(keys[i], values[i].front(), out);
      continue;
    }
    pack_array_header(out, values[i].size());
    for (std::string_view value : values[i]) pack_text(out, value);
  }
  return ok_status();
}

}  // namespace ox
