#include "common/http/status_handlers.h"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {

TEST_CASE("metrics are in Prometheus' text format") {
  Metrics metrics;
  metrics.counter("collect.rejected.version").add(3);
  metrics.counter("a-b").add();
  metrics.gauge("spool.depth", [] { return 1.5; });
  metrics.gauge("spool.rate", [] { return std::numeric_limits<double>::infinity(); });
  CHECK(prometheus_text(metrics, "oxd_") ==
        "# TYPE oxd_a_b_total counter\n"
        "oxd_a_b_total 1\n"
        "# TYPE oxd_collect_rejected_version_total counter\n"
        "oxd_collect_rejected_version_total 3\n"
        "# TYPE oxd_spool_depth gauge\n"
        "oxd_spool_depth 1.5\n"
        "# TYPE oxd_spool_rate gauge\n"
        "oxd_spool_rate +Inf\n");
}

TEST_CASE("/livez, /readyz and /metrics answer") {
  Status ready;
  HttpFixture server;
  server.mount.add("GET", "/livez", livez_handler())
      .add("GET", "/readyz", readyz_handler([&] { return ready; }))
      .add("GET", "/metrics", metrics_handler(server.metrics, "oxingest_"));
  RawClient client = server.connect();
  REQUIRE(client.send(get("/livez") + get("/readyz")));
  CHECK(client.read()->body == "ok\n");
  CHECK(client.read()->status == 200);
  ready = Status(Code::kUnavailable, "nobody takes the events");
  REQUIRE(client.send(get("/readyz") + get("/metrics")));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 503);
  CHECK(response->body == "nobody takes the events\n");
  response = client.read();
  REQUIRE(response);
  CHECK(response->headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(response->body.find("\noxingest_http_requests_total 4\n") != std::string::npos);
  CHECK(response->body.find("\noxingest_http_connections_open 1\n") != std::string::npos);
}

}  // namespace ox
