#include "common/http/status_handlers.h"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace ox {
namespace {

// [a-zA-Z_:][a-zA-Z0-9_:]*
std::string metric_name(const std::string& prefix, std::string_view name, std::string_view suffix) {
  std::string out = prefix;
  for (char c : name) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out.push_back(plain ? c : '_');
  }
  return out.append(suffix);
}

std::string metric_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

std::string prometheus_text(const Metrics& metrics, const std::string& prefix) {
  std::string out;
  metrics.visit_counters([&](const std::string& dotted, std::uint64_t value) {
    std::string name = metric_name(prefix, dotted, "_total");
    out += fmt::format("# TYPE {} counter\n{} {}\n", name, name, value);
  });
  metrics.visit_gauges([&](const std::string& dotted, double value) {
    std::string name = metric_name(prefix, dotted, "");
    out += fmt::format("# TYPE {} gauge\n{} {}\n", name, name, metric_value(value));
  });
  return out;
}

HttpHandler livez_handler() {
  return [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, "ok\n"));
    return nullptr;
  };
}

HttpHandler readyz_handler(std::function<Status()> ready) {
  return [ready = std::move(ready)](const HttpRequest&, HttpReply reply) {
    Status status = ready();
    reply.send(status.ok() ? HttpResponse::text(200, "ok\n")
                           : HttpResponse::text(503, status.message() + "\n"));
    return nullptr;
  };
}

HttpHandler metrics_handler(const Metrics& metrics, std::string prefix) {
  return [&metrics, prefix = std::move(prefix)](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse(200, "text/plain; version=0.0.4; charset=utf-8",
                            prometheus_text(metrics, prefix)));
    return nullptr;
  };
}

}  // namespace ox
