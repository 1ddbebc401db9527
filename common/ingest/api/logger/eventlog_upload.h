#pragma once
// Many events in one request: an array, or ndjson, which is read as it comes. Each event that is
// one is stored, whatever the others are; they go out in chunks. The answer has the ids, or, when
// some were refused, says which and why.
#include <memory>
#include <string>

#include "common/http/auth/auth_policy.h"
#include "common/http/body_reader.h"
#include "common/http/http_reply.h"
#include "common/ingest/api/logger/eventlog_store.h"

namespace ox {

inline constexpr std::size_t kMostEntries = 100'000;  // of one request

struct EventlogRequest {
  std::shared_ptr<const AuthPolicy> signed_by;  // null: no signature is asked for
  std::string host;
  std::string key;                 // of the header; "" for none
  bool errors_as_objects = false;  // in the answer 207
};

// `store` outlives the request.
std::unique_ptr<BodyReader> read_eventlog_lines(EventlogStore& store, EventlogRequest request,
                                                HttpReply reply);
// body: the text of `document`, which is an array.
void post_eventlog_array(EventlogStore& store, EventlogRequest request, std::string body,
                         std::string document, HttpReply reply);

}  // namespace ox
