#pragma once
// What supervisors and Prometheus ask for, as handlers to mount:
//   mount.add("GET", "/livez", livez_handler());
#include <functional>
#include <string>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/http_handler.h"

namespace ox {

// 200 "ok": the I/O thread answers.
HttpHandler livez_handler();
// 200 "ok", or 503 with the message of what `ready` returns. `ready` is called on the I/O thread.
HttpHandler readyz_handler(std::function<Status()> ready);
// All of `metrics`, which must outlive the handler, in Prometheus' text format 0.0.4.
HttpHandler metrics_handler(const Metrics& metrics, std::string prefix);

// "oxd_" and "collect.rejected.version" give "oxd_collect_rejected_version_total" for a counter,
// the same without "_total" for a gauge.
std::string prometheus_text(const Metrics& metrics, const std::string& prefix);

}  // namespace ox
