#pragma once
// A push request as JSON (grafana.com/docs/loki, "Ingest logs"), of today:
//   {"streams": [{"stream": {"app": "web"}, "values": [["<ns>", "line", {"trace": "x"}]]}]}
// or as Loki first had it:
//   {"streams": [{"labels": "{app=\"web\"}", "entries": [{"ts": "<RFC 3339>", "line": "line"}]}]}
#include <string_view>

#include "common/ingest/api/loki/loki_entry.h"

namespace ox {

// Errors: kInvalid, saying where ("streams[0].values[2]: ..."), kTooLarge (nested too deeply), and
// take()'s. Entries before the error were taken.
Status read_loki_json(std::string_view request, const LokiTake& take);

}  // namespace ox
