#include "common/ingest/api/elasticsearch/es_probes.h"

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/authorized.h"
#include "common/ingest/api/elasticsearch/es_response.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr const char* kAcknowledged = R"({"acknowledged":true})";

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// For writers: what `body` makes of a request, with 200.
template <typename Body>
HttpHandler es_answers(ApiContext& context, Body body) {
  return authorized(
      context, Api::kOther, Role::kWriter,
      [&context, body](const HttpRequest& request, HttpReply reply, const AuthDecision&,
                       const std::shared_ptr<const AuthPolicy>&) {
        std::string text = body(context, request);
        const std::string type = es_media_type(&request);
        reply.send(es_response(200, type, std::move(text)));
        return nullptr;
      });
}

std::string about(const ApiContext& context, const HttpRequest&) {
  return fmt::format(
      R"({{"name":{},"cluster_name":"oxd","cluster_uuid":"_na_","version":{{"number":"{}",)"
      R"("build_flavor":"default","build_type":"deb","build_snapshot":false,)"
      R"("lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0",)"
      R"("minimum_index_compatibility_version":"7.0.0"}},"tagline":"You Know, for Search"}})",
      as_json(context.node_name), kEsVersion);
}

std::string license(const ApiContext&, const HttpRequest&) {
  return R"({"license":{"status":"active","uid":"oxd","type":"basic","issued_to":"oxd",)"
         R"("issuer":"oxd","max_nodes":1000,"start_date_in_millis":-1}})";
}

std::string features(const ApiContext&, const HttpRequest&) {
  return R"({"build":{},"license":{"uid":"oxd","type":"basic","mode":"basic","status":"active"},)"
         R"("features":{"ilm":{"available":false,"enabled":false},)"
         R"("security":{"available":false,"enabled":false}},"tagline":"You know, for X"})";
}

std::string cluster_health(const ApiContext&, const HttpRequest&) {
  return R"({"cluster_name":"oxd","status":"green","timed_out":false,"number_of_nodes":1,)"
         R"("number_of_data_nodes":1,"active_primary_shards":0,"active_shards":0,)"
         R"("relocating_shards":0,"initializing_shards":0,"unassigned_shards":0,)"
         R"("delayed_unassigned_shards":0,"number_of_pending_tasks":0,)"
         R"("number_of_in_flight_fetch":0,"task_max_waiting_in_queue_millis":0,)"
         R"("active_shards_percent_as_number":100.0})";
}

// Clients that look for other nodes to send to find the one they know already.
std::string nodes(const ApiContext& context, const HttpRequest& request) {
  const std::string address = as_json(request.header("host"));
  const std::string name = as_json(context.node_name);
  return fmt::format(
      R"({{"_nodes":{{"total":1,"successful":1,"failed":0}},"cluster_name":"oxd",)"
      R"("nodes":{{"oxd":{{"name":{0},"transport_address":{1},"host":{0},"ip":{1},)"
      R"("version":"{2}","build_flavor":"default","build_type":"deb",)"
      R"("roles":["data","ingest","master"],)"
      R"("http":{{"bound_address":[{1}],"publish_address":{1},)"
      R"("max_content_length_in_bytes":104857600}},"ingest":{{"processors":[]}}}}}}}})",
      name, address, kEsVersion);
}

std::string acknowledged(const ApiContext&, const HttpRequest&) { return kAcknowledged; }

std::string index_created(const ApiContext&, const HttpRequest& request) {
  return fmt::format(R"({{"acknowledged":true,"shards_acknowledged":true,"index":{}}})",
                     as_json(request.parameter("index")));
}

std::string nothing(const ApiContext&, const HttpRequest&) { return ""; }

// What was set up is not kept, and so is never there.
HttpHandler not_there(ApiContext& context) {
  return authorized(
      context, Api::kOther, Role::kWriter,
      [](const HttpRequest& request, HttpReply reply, const AuthDecision&,
         const std::shared_ptr<const AuthPolicy>&) {
        reply.send_error(
            {.status = 404, .message = fmt::format("[{}] is missing", request.parameter("name"))});
        return nullptr;
      });
}

// A table of one line, as rsyslog asks for it.
HttpHandler cat_health(ApiContext& context) {
  return authorized(
      context, Api::kOther, Role::kWriter,
      [&context](const HttpRequest&, HttpReply reply, const AuthDecision&,
                 const std::shared_ptr<const AuthPolicy>&) {
        const auto now = std::chrono::duration_cast<Seconds>(context.clock.wall()).count();
        std::string line = fmt::format("{} {:02}:{:02}:{:02} oxd green 1 1 0 0 0 0 0 0 - 100.0%\n",
                                       now, now / 3600 % 24, now / 60 % 60, now % 60);
        reply.send(es_response(200, "text/plain; charset=UTF-8", std::move(line)));
        return nullptr;
      });
}

}  // namespace

void add_es_probes(ApiContext& context, HttpRouter::Mount& everywhere, HttpRouter::Mount& root,
                   HttpRouter::Mount& last) {
  root.add("GET", "/", es_answers(context, about));
  everywhere.add("GET", "/_license", es_answers(context, license))
      .add("GET", "/_xpack", es_answers(context, features))
      .add("GET", "/_cluster/health", es_answers(context, cluster_health))
      .add("GET", "/_cat/health", cat_health(context));
  for (const char* path : {"/_nodes", "/_nodes/{metric}", "/_nodes/{node}/{metric}"})
    everywhere.add("GET", path, es_answers(context, nodes));
  for (const char* path :
       {"/_index_template/{name}", "/_component_template/{name}", "/_template/{name}",
        "/_ilm/policy/{name}", "/_ingest/pipeline/{name}", "/_data_stream/{name}"})
    everywhere.add("GET", path, not_there(context))
        .add("PUT, POST", path, es_answers(context, acknowledged));
  everywhere.add("GET", "/_alias/{name}", not_there(context));
  // Whatever it is called, an index can be written to.
  last.add("HEAD", "/{index}", es_answers(context, nothing))
      .add("PUT", "/{index}", es_answers(context, index_created));
}

}  // namespace ox
