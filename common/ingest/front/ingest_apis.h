#pragma once
// All HTTP APIs that take events, on a front, and what they need besides.
#include <memory>
#include <string>

#include <zmq.hpp>

#include "common/base/metrics.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/cutoff_client.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/front/http_front.h"
#include "common/ingest/front/http_options.h"
#include "common/ingest/record_ids.h"

namespace ox {

struct IngestApiSetup {
  const HttpOptions& http;
  Address record_ids;  // control address of the collector
  std::string node_name;
  std::uint64_t max_event_bytes = 1 << 20;
};

// What authentication knows them as.
std::vector<Api> ingest_api_accesses();

class IngestApis {
 public:
  // Mounts them on the front's router. The references must outlive the server. Error: kInvalid, a
  // wrong configuration.
  static Result<std::unique_ptr<IngestApis>> mount(HttpFront& front, const IngestApiSetup& setup,
                                                   EventGate& gate, Metrics& metrics);

  // Begins to lease record ids, and waits for them for a moment; and to apply the retention.
  void start();
  // Ends what was begun: nothing is deleted any more. Requests may still come until the server ends.
  void stop();

 private:
  IngestApis(const IngestApiSetup& setup, Metrics& metrics);

  zmq::context_t zmq_;
  RecordIds ids_;
  std::unique_ptr<CutoffClient> cutoffs_;
  std::unique_ptr<ApiContext> context_;
};

}  // namespace ox
