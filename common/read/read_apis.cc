#include "common/read/read_apis.h"

#include <algorithm>
#include <array>

#include "common/read/api/chronologer.h"
#include "common/read/api/logger.h"
#include "common/read/api/oxd.h"
#include "common/read/api/pbu.h"

namespace ox {
namespace {

constexpr auto kReadApis = std::to_array<ReadApi>({
    {"chronologer", Api::kRecord, mount_chronologer_reading},
    {"logger", Api::kEventlog, mount_logger_reading},
    {"oxd", Api::kOther, mount_oxd_reading},
    {"pbu", Api::kPbu, mount_pbu_reading},
});

}  // namespace

std::span<const ReadApi> read_apis() { return kReadApis; }

bool is_read_api(std::string_view word) {
  return std::any_of(kReadApis.begin(), kReadApis.end(),
                     [word](const ReadApi& api) { return api.word == word; });
}

std::string read_api_words() {
  std::string out;
  for (const ReadApi& api : kReadApis) {
    if (!out.empty()) out += ", ";
    out += api.word;
  }
  return out;
}

std::vector<Api> read_api_accesses() {
  std::vector<Api> out;
  for (const ReadApi& api : kReadApis)
    if (std::find(out.begin(), out.end(), api.access) == out.end()) out.push_back(api.access);
  return out;
}

}  // namespace ox
