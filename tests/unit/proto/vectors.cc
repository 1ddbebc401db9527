#include "tests/unit/proto/vectors.h"

#include <charconv>
#include <fstream>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/support/source_path.h"

namespace ox {

static std::string decoded(const std::string& value) {
  if (!value.starts_with("hex:")) return value;
  std::string bytes = from_hex(value.substr(4));
  REQUIRE(bytes.size() == (value.size() - 4) / 2);
  return bytes;
}

bool VectorCase::has(const std::string& key) const {
  for (const auto& [k, value] : lines_)
    if (k == key) return true;
  return false;
}

std::string VectorCase::text(const std::string& key) const {
  for (const auto& [k, value] : lines_)
    if (k == key) return decoded(value);
  FAIL("no ", key, " in the case ", label());
  return "";
}

std::vector<std::string> VectorCase::all(const std::string& key) const {
  std::vector<std::string> values;
  for (const auto& [k, value] : lines_)
    if (k == key) values.push_back(decoded(value));
  return values;
}

double VectorCase::number(const std::string& key) const { return std::stod(text(key)); }

std::uint64_t VectorCase::uint(const std::string& key) const {
  std::string digits = text(key);
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  REQUIRE(error == std::errc());
  REQUIRE(end == digits.data() + digits.size());
  return value;
}

Uuid VectorCase::uuid(const std::string& key) const {
  auto id = Uuid::parse(text(key));
  REQUIRE(id.ok());
  return *id;
}

std::string VectorCase::label() const {
  return lines_.empty() ? "" : lines_[0].first + ": " + lines_[0].second;
}

std::vector<VectorCase> read_vectors(const std::string& file) {
  std::ifstream in(source_path("proto/vectors/" + file));
  REQUIRE(in.good());
  std::vector<VectorCase> cases(1);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      if (!cases.back().empty()) cases.emplace_back();
      continue;
    }
    auto colon = line.find(':');
    REQUIRE(colon != std::string::npos);
    auto value = colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    cases.back().add(line.substr(0, colon), value);
  }
  if (cases.back().empty()) cases.pop_back();
  REQUIRE_FALSE(cases.empty());
  return cases;
}

}  // namespace ox
