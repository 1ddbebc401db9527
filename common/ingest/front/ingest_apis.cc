#include "common/ingest/front/ingest_apis.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/ingest/front/http_apis.h"

namespace ox {
namespace {

// So that the first client is not turned away for want of an id.
constexpr Millis kWaitForIds = Millis(500);
constexpr Millis kWaitForRetention = Seconds(5);

}  // namespace

std::vector<Api> ingest_api_accesses() {
  std::vector<Api> out;
  for (const HttpApi& api : http_apis())
    if (std::find(out.begin(), out.end(), api.access) == out.end()) out.push_back(api.access);
  return out;
}

IngestApis::IngestApis(const IngestApiSetup& setup, Metrics& metrics)
    : ids_(zmq_, setup.record_ids, metrics) {}

Result<std::unique_ptr<IngestApis>> IngestApis::mount(HttpFront& front, const IngestApiSetup& setup,
                                                      EventGate& gate, Metrics& metrics) {
  std::unique_ptr<IngestApis> out(new IngestApis(setup, metrics));
  out->context_ = std::make_unique<ApiContext>(ApiContext{.gate = gate,
                                                          .auth = front.auth(),
                                                          .ids = out->ids_,
                                                          .slow_lane = front.slow_lane(),
                                                          .metrics = metrics,
                                                          .clock = Clock::system(),
                                                          .node_name = setup.node_name,
                                                          .max_event_bytes = setup.max_event_bytes,
                                                          .types = {}});
  ApiContext& context = *out->context_;
  context.ready = front.ready();
  context.variable = [&front](const char* name) { return front.variable(name); };
  for (const HttpListenerSpec& spec : setup.http.listeners) context.profiles.insert(spec.profile);
  for (const HttpApi& known : http_apis())
    if (auto type = setup.http.type_of(known.word))
      context.types.insert_or_assign(std::string(known.word), *type);
  auto retention = retention_from_environment(context.types);
  if (!retention.ok()) return retention.status();
  out->cutoffs_ = std::make_unique<CutoffClient>(out->zmq_, setup.record_ids, std::move(*retention),
                                                 metrics, context.clock);
  context.cutoffs = out->cutoffs_.get();
  for (const HttpApi& api : http_apis()) api.mount(front.router(), context);
  OX_RETURN_IF_ERROR(context.configuration);
  return out;
}

void IngestApis::start() {
  cutoffs_->start();
  ids_.start();
  if (!ids_.wait_ready(kWaitForIds)) {
    log_warning("no record ids yet: {}; APIs that answer with one answer 503 meanwhile",
                ids_.problem());
    return;
  }
  // Before the first events come, which may be of times that the retention is over for.
  (void)cutoffs_->wait_applied(kWaitForRetention);
}

void IngestApis::stop() { cutoffs_->stop(); }

}  // namespace ox
