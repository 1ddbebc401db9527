#pragma once
// The way of a request that reads: who sent it is asked, then it waits for a thread that may read
// log files, where it is answered.
#include <functional>
#include <string>

#include "common/http/accept_encoding.h"
#include "common/http/auth/auth_policy.h"
#include "common/http/http_handler.h"
#include "common/ingest/api/authorized.h"
#include "common/read/read_context.h"
#include "common/read/scan_pool.h"

namespace ox {

// basic-reader, whatever the request.
Roles needs_reader(const HttpRequest& request);

// What is done on a thread of the pool. It answers job.reply().
using ReadWork = std::function<void(ScanJob& job)>;
// `context` must outlive the handler.
HttpHandler reading(ReadContext& context, Api api, NeededRoles needed, ReadWork work);

// The answer to a request that ended before its time, or whose files could not be read: 503 and 500;
// 413 for kTooLarge, 400 for kInvalid, with the message.
HttpError read_error(const Status& status, const ScanJob& job);

// A JSON answer, compressed when the client takes that; in every case with "Vary: Accept-Encoding".
// Not for I/O threads.
HttpResponse json_answer(const HttpRequest& request, std::string body);
// The same of JSON documents, one a line.
HttpResponse ndjson_answer(const HttpRequest& request, std::string body);

}  // namespace ox
