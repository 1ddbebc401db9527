#pragma once
// A PushRequest as protobuf (github.com/grafana/loki, pkg/push/push.proto), without its snappy.
#include <string_view>

#include "common/ingest/api/loki/loki_entry.h"

namespace ox {

// Errors: kCorrupt ("byte 17: ..."), kInvalid (the labels of a stream), and take()'s. Entries before
// the error were taken.
Status read_loki_protobuf(std::string_view request, const LokiTake& take);

}  // namespace ox
