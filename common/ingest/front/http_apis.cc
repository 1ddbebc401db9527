#include "common/ingest/front/http_apis.h"

#include <algorithm>
#include <array>

#include "common/ingest/api/chronologer.h"
#include "common/ingest/api/elasticsearch.h"
#include "common/ingest/api/eventlog_client.h"
#include "common/ingest/api/events.h"
#include "common/ingest/api/fluent.h"
#include "common/ingest/api/logger.h"
#include "common/ingest/api/logstash.h"
#include "common/ingest/api/loki.h"
#include "common/ingest/api/otlp.h"
#include "common/ingest/api/pbu.h"
#include "common/ingest/api/python.h"
#include "common/ingest/api/splunk.h"

namespace ox {
namespace {

constexpr auto kApis = std::to_array<HttpApi>({
    {"chronologer", Api::kRecord, mount_chronologer},
    {"elasticsearch", Api::kOther, mount_elasticsearch},
    {"eventlog_client", Api::kOther, mount_eventlog_client},
    {"events", Api::kOther, mount_events},
    {"fluent", Api::kOther, mount_fluent},
    {"logger", Api::kEventlog, mount_logger},
    {"logstash", Api::kOther, mount_logstash},
    {"loki", Api::kOther, mount_loki},
    {"otlp", Api::kOther, mount_otlp},
    {"pbu", Api::kPbu, mount_pbu},
    {"python", Api::kOther, mount_python},
    {"splunk", Api::kOther, mount_splunk},
});

void append_word(std::string& out, std::string_view word) {
  if (!out.empty()) out += ", ";
  out += word;
}

}  // namespace

std::span<const HttpApi> http_apis() { return kApis; }

bool is_http_api(std::string_view word) {
  return std::any_of(kApis.begin(), kApis.end(),
                     [word](const HttpApi& api) { return api.word == word; });
}

std::string http_api_words() {
  std::string out;
  for (const HttpApi& api : kApis) append_word(out, api.word);
  return out;
}

}  // namespace ox
