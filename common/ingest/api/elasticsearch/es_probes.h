#pragma once
// What senders want to know of Elasticsearch before they send, and what they want to set up there: enough
// that they go on. Nothing of it is kept.
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// The Elasticsearch whose answers these are.
inline constexpr const char* kEsVersion = "8.17.0";

// Adds the routes that every listener has to `everywhere`; "/" to `root`, and the paths that are an
// index alone to `last`. All for writers.
void add_es_probes(ApiContext& context, HttpRouter::Mount& everywhere, HttpRouter::Mount& root,
                   HttpRouter::Mount& last);

}  // namespace ox
