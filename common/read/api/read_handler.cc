#include "common/read/api/read_handler.h"

#include <memory>
#include <utility>

#include "common/base/log.h"
#include "common/http/gzip_encoder.h"

namespace ox {

Roles needs_reader(const HttpRequest&) { return Roles().add(Role::kBasicReader); }

HttpHandler reading(ReadContext& context, Api api, NeededRoles needed, ReadWork work) {
  return authorized(
      context.auth, context.slow_lane, api, std::move(needed),
      [&context, work = std::move(work)](const HttpRequest&, HttpReply reply, const AuthDecision&,
                                         const std::shared_ptr<const AuthPolicy>&) {
        context.scans.run(std::move(reply), work);
        return nullptr;
      });
}

HttpError read_error(const Status& status, const ScanJob& job) {
  switch (status.code()) {
    case Code::kUnavailable:
      return job.stopped();
    case Code::kTooLarge:
      return {.status = 413, .message = status.message()};
    case Code::kInvalid:
      return {.status = 400, .message = status.message()};
    default:
      log_error("{}", status.message());
      return {.status = 500, .message = "The log files cannot be read"};
  }
}

namespace {

HttpResponse compressed_answer(const HttpRequest& request, std::string_view type,
                               std::string body) {
  const ResponseEncoding encoding = choose_encoding(request.headers());
  bool compressed = false;
  // HEAD has no body to compress.
  if (encoding == ResponseEncoding::kGzip && request.method() != "HEAD") {
    if (auto small = gzip_encode(body); small.ok()) {
      body = std::move(*small);
      compressed = true;
    }
  }
  HttpResponse out(200, type, std::move(body));
  out.header("Vary", "Accept-Encoding");
  if (compressed) out.header("Content-Encoding", encoding_name(encoding));
  return out;
}

}  // namespace

HttpResponse json_answer(const HttpRequest& request, std::string body) {
  return compressed_answer(request, "application/json", std::move(body));
}

HttpResponse ndjson_answer(const HttpRequest& request, std::string body) {
  return compressed_answer(request, "application/x-ndjson", std::move(body));
}

}  // namespace ox
