#include "common/ingest/api/pbu/pbu_settings.h"

#include <map>
#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

Result<PbuSettings> settings(const std::map<std::string, std::string>& variables,
                             bool own_listener = false) {
  return PbuSettings::read(
      [&](const char* name) -> std::optional<std::string> {
        auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      own_listener);
}

std::string enabled(const PbuSettings& settings) {
  std::string out;
  for (PbuLevel level : kEveryPbuLevel)
    if (settings.enabled[level]) out += pbu_level_name(level, PbuLayout::kSeed).front();
  return out;
}

TEST_CASE(
    "without a listener of its own and a folder there are no files, and all levels are taken") {
  auto out = settings({});
  REQUIRE(out.ok());
  CHECK(out->log_folder.empty());
  CHECK(enabled(*out) == "DIWE");
  CHECK(out->in_order.front() == PbuLevel::kError);
  CHECK_FALSE(out->store_disabled);
}

TEST_CASE("a listener of its own has the log server's defaults") {
  auto out = settings({{"LOG_FOLDER", ""}, {"ENABLED_LOG_LEVELS", ""}}, true);
  REQUIRE(out.ok());
  CHECK(out->log_folder == "./_logs");
  CHECK(out->layout == PbuLayout::kSeed);
  CHECK(enabled(*out) == "IE");
}

TEST_CASE("a folder brings the files anywhere") {
  auto out = settings({{"LOG_FOLDER", "/x"}, {"PBU_FILE_NAMING", "dated"}});
  REQUIRE(out.ok());
  CHECK(out->log_folder == "/x");
  CHECK(out->layout == PbuLayout::kDated);
  CHECK(enabled(*out) == "IE");
}

TEST_CASE("levels are trimmed, and unknown ones left out with a warning") {
  auto out = settings({{"ENABLED_LOG_LEVELS", " warn , Debug,,LOUD "}});
  REQUIRE(out.ok());
  CHECK(enabled(*out) == "DW");
  REQUIRE(out->warnings.size() == 1);
  CHECK(out->warnings[0].find("'LOUD'") != std::string::npos);
}

TEST_CASE("when no level is left nothing is taken, with a warning") {
  auto out = settings({{"ENABLED_LOG_LEVELS", "LOUD"}});
  REQUIRE(out.ok());
  CHECK(enabled(*out).empty());
  CHECK(out->warnings.size() == 2);
}

TEST_CASE("what cannot be meant is an error that names the variable") {
  CHECK(settings({{"PBU_FILE_NAMING", "date"}}).status().message() ==
        "PBU_FILE_NAMING: 'date' is neither seed nor dated");
  CHECK(settings({{"PBU_STORE_DISABLED", "perhaps"}}).status().message() ==
        "PBU_STORE_DISABLED: 'perhaps' is neither 1 nor 0");
  CHECK(settings({{"PBU_STORE_DISABLED", "1"}})->store_disabled);
  CHECK_FALSE(settings({{"PBU_STORE_DISABLED", "0"}})->store_disabled);
}

}  // namespace
}  // namespace ox
