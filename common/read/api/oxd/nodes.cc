#include "common/read/api/oxd/nodes.h"

#include <memory>
#include <string>
#include <utility>

#include "common/ingest/api/authorized.h"

namespace ox {
namespace {

HttpResponse nodes_answer(std::string json) {
  HttpResponse out = HttpResponse::json(200, std::move(json));
  out.header("Cache-Control", "no-cache");
  return out;
}

}  // namespace

HttpHandler nodes_handler(ReadContext& context) {
  return authorized(
      context.auth, context.slow_lane, Api::kOther,
      [](const HttpRequest&) { return Roles().add(Role::kAdmin); },
      [&context](const HttpRequest&, HttpReply reply, const AuthDecision&,
                 const std::shared_ptr<const AuthPolicy>&) -> std::unique_ptr<BodyReader> {
        if (context.nodes == nullptr) {
          reply.send(nodes_answer(R"({"nodes": []})"));
          return nullptr;
        }
        auto waiting = std::make_shared<HttpReply>(std::move(reply));
        const bool asked = context.nodes->ask(
            [waiting](const std::string& json) { waiting->send(nodes_answer(json)); });
        if (!asked)
          waiting->send_error(
              {.status = 503, .message = "The server is being stopped", .retry_after = Seconds(5)});
        return nullptr;
      });
}

}  // namespace ox
