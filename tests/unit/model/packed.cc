#include "tests/unit/model/packed.h"

#include <fstream>

#include <doctest/doctest.h>

#include "common/ingest/model/json_text.h"
#include "proto/event_view.h"
#include "proto/json.h"
#include "tests/support/source_path.h"

namespace ox {

std::string packed(std::string_view json) {
  JsonTextParser parser;
  std::string out;
  std::size_t used = 0;
  Status status = parser.parse_front(json, used, out);
  CAPTURE(json);
  REQUIRE_MESSAGE(status.ok(), status.message());
  REQUIRE(used == json.size());
  return out;
}

std::string json_of(std::string_view bytes) {
  std::size_t used = 0;
  auto decoded = Decoded::decode(bytes, &used);
  REQUIRE_MESSAGE(decoded.ok(), decoded.status().message());
  REQUIRE(used == bytes.size());
  std::string out;
  append_json(out, decoded->root());
  return out;
}

std::vector<std::string> read_cases(const std::string& file) {
  std::ifstream in(source_path("tests/unit/model/" + file));
  REQUIRE(in.good());
  std::vector<std::string> cases;
  for (std::string line; std::getline(in, line);) cases.push_back(packed(line));
  REQUIRE(cases.size() > 10);
  return cases;
}

std::string text_at(std::string_view record, std::string_view key) {
  auto value = RawValue(record).find(key);
  REQUIRE(value);
  auto text = value->as_text();
  REQUIRE(text);
  return std::string(*text);
}

bool null_at(std::string_view record, std::string_view key) {
  auto value = RawValue(record).find(key);
  return !value || value->is_nil();
}

}  // namespace ox
