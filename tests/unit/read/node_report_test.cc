#include "common/read/node_report.h"

#include <doctest/doctest.h>

#include "proto/event_view.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

Result<NodeReport> told(std::string_view json, MonoTime at = {},
                        const std::optional<NodeSample>& before = {}) {
  const std::string bytes = packed(json);
  auto status = Decoded::decode(bytes);
  REQUIRE(status.ok());
  return report_node("h:1", status->root(), at, before);
}

constexpr std::string_view kNoTotals =
    R"("total": {"types": 0, "hosts": 0, "events": 0, "bytes": 0, "dropped": 0}})";

}  // namespace

TEST_CASE("a status is told as it is, but for types and hosts, which are summed up") {
  auto first = told(R"({"last": 5.5, "lag": null,
      "events": {"a": {"count": 3, "bytes": 100}, "b": {"count": 4, "bytes": 11, "dropped": 2}},
      "hosts": {"h1": {"count": 7}}, "node": {"name": "n", "boot_id": "x", "uptime": 3.5},
      "outputs": [{"name": "files", "state": "ok"}], "later": {"key": 1}})");
  REQUIRE(first.ok());
  CHECK(first->json ==
        R"({"address": "h:1", "status": {"last": 5.5, "lag": null, )"
        R"("node": {"name": "n", "boot_id": "x", "uptime": 3.5}, )"
        R"("outputs": [{"name": "files", "state": "ok"}], "later": {"key": 1}}, )"
        R"("total": {"types": 2, "hosts": 1, "events": 7, "bytes": 111, "dropped": 2}})");
  CHECK(first->sample.boot_id == "x");
  CHECK(first->sample.events == 7);
}

TEST_CASE("rates are those since the status before, of the same run") {
  auto status = [](const char* boot, int count) {
    return R"({"events": {"a": {"count": )" + std::to_string(count) + R"(, "bytes": )" +
           std::to_string(count * 10) + R"(}}, "node": {"boot_id": ")" + boot + R"("}})";
  };
  auto rates = [](const Result<NodeReport>& made) {
    const std::size_t at = made->json.find(R"("rates")");
    return at == std::string::npos ? "none" : made->json.substr(at);
  };
  const NodeSample before = told(status("x", 100), Seconds(10))->sample;
  CHECK(rates(told(status("x", 105), Seconds(12), before)) ==
        R"("rates": {"events": 2.5, "bytes": 25.0, "seconds": 2.0}})");
  CHECK(rates(told(status("x", 100), Seconds(12), before)) ==
        R"("rates": {"events": 0.0, "bytes": 0.0, "seconds": 2.0}})");
  CHECK(rates(told(status("x", 105), Seconds(12))) == "none");
  CHECK(rates(told(status("y", 105), Seconds(12), before)) == "none");
  CHECK(rates(told(status("x", 99), Seconds(12), before)) == "none");
  CHECK(rates(told(status("x", 105), Seconds(10), before)) == "none");
  const NodeSample nameless = told(status("", 1), Seconds(10))->sample;
  CHECK(rates(told(status("", 2), Seconds(11), nameless)) == "none");
}

TEST_CASE("a status that makes no sense, or takes too much, does no harm") {
  for (const char* odd : {"[1]", "7", "null", R"("text")"})
    CHECK(told(odd)->json == R"({"address": "h:1", "status": {}, )" + std::string(kNoTotals));
  CHECK(told(R"({"events": 3, "hosts": [1], "node": "x"})")->json ==
        R"({"address": "h:1", "status": {"node": "x"}, )" + std::string(kNoTotals));
  CHECK(told(R"({"events": {"a": 1, "b": {"count": -1, "bytes": "x"}}})")->sample.events == 0);
  CHECK(told(R"({"warnings": [")" + std::string(kMostNodeReportBytes, 'w') + R"("]})")
            .status()
            .code() == Code::kTooLarge);
  CHECK(report_silent_node("a\"b", "no\n\xff") == R"({"address": "a\"b", "error": "no\n\ufffd"})");
}

}  // namespace ox
