#pragma once
// Labels as Loki's protobuf and its first JSON have them: {app="web", path="a\"b"}, which is how
// LogQL and PromQL write a set of them (prometheus.io/docs/prometheus/latest/querying/basics).
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Appends them as a MessagePack map, in their order. Values are in double quotes, with the escapes
// of Go's strings, or in back quotes, as they are; names are plain, or in quotes, too.
// Error: kInvalid, "labels, byte 5: ...", with `out` as it was.
Status append_loki_labels(std::string_view text, std::string& out);

}  // namespace ox
