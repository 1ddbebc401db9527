// A document of Splunk's HTTP Event Collector, or with a first byte that is odd the query and, behind
// a line end, the line of a raw request. Each is an event that can be read, or refused with a code.
#include <algorithm>

#include "common/http/url.h"
#include "common/ingest/api/splunk/hec_channels.h"
#include "common/ingest/api/splunk/hec_event.h"
#include "common/ingest/model/json_input.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_splunk {
namespace {

constexpr WallTime kFuzzNow = Seconds(1'725'272'000);

void check_hec(ForeignEvent& event) {
  event.type = "splunk";
  std::string type;
  hec_type().render(event, "splunk", type);
  OX_CHECK(!type.empty() && type.size() < 64);
  event.type = type;
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
}

}  // namespace

OX_FUZZ_TARGET(splunk, std::string_view input) {
  if (input.empty()) return;
  const bool raw = input.front() % 2 == 1;
  input.remove_prefix(1);
  ForeignEvent event;
  if (raw) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    auto metadata = parse_pairs(input.substr(0, end));
    OX_CHECK(!is_hec_channel(input) || input.size() == 36);
    if (!metadata.ok()) return;
    fill_hec_line(input.substr(end), *metadata, kFuzzNow, event);
    check_hec(event);
    return;
  }
  JsonInput json;
  std::string document;
  if (!json.append(input, document).ok()) return;
  if (auto wrong = fill_hec_event(RawValue(document), kFuzzNow, event)) {
    OX_CHECK(wrong->http == 400 && wrong->code > 0);
    return;
  }
  check_hec(event);
}

}  // namespace ox::fuzz_splunk
