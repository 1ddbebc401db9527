#pragma once
// A log directory with events in it, and a server whose requests a test answers on a ScanPool.
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/filesystem.hpp>

#include "common/read/read_context.h"
#include "common/read/scan_pool.h"
#include "common/read/store_reader.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http/http_fixture.h"
#include "tests/unit/model/packed.h"

namespace ox {

class ReadFixture {
 public:
  explicit ReadFixture(const ScanPoolOptions& scanning = {})
      : pool(std::make_unique<ScanPool>(scanning, clock, http.metrics)) {
    auto opened = AuthStore::open({}, {}, FileSystem::real(), clock);
    REQUIRE(opened.ok());
    auth = std::move(*opened);
    context = std::make_unique<ReadContext>(ReadContext{.fs = FileSystem::real(),
                                                        .directory = directory.path(),
                                                        .auth = *auth,
                                                        .slow_lane = slow_lane,
                                                        .scans = *pool,
                                                        .metrics = http.metrics,
                                                        .clock = clock});
    context->variable = [](const char*) { return std::nullopt; };
  }
  ~ReadFixture() { http.server.reset(); }

  // Adds an event, as JSON, to the file of its type and of the day 2017-07-14.
  void store(const std::string& type, const std::string& json) {
    boost::filesystem::create_directories(directory / "20170714");
    std::ofstream file(directory / ("20170714/" + type + "-20170714.log"),
                       std::ios::app | std::ios::binary);
    file << packed(json);
  }

  // GET /work runs `work` on the pool.
  void serve(ScanPool::Work work) {
    http.mount.add("GET", "/work",
                   [this, work = std::move(work)](const HttpRequest&, HttpReply reply) {
                     pool->run(std::move(reply), work);
                     return nullptr;
                   });
  }
  // Runs `work` with a reader, as a request's.
  void read(const std::function<void(StoreReader&)>& work) {
    serve([this, &work](ScanJob& job) {
      auto reader = StoreReader::open(*context, job);
      if (!reader.ok()) return (void)job.reply().send_error({.message = reader.status().message()});
      work(*reader);
      job.reply().send(HttpResponse::text(200, "read"));
    });
    RawClient client = http.connect();
    REQUIRE(client.send(get("/work")));
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->body == "read");
  }

  TemporaryDirectory directory;
  FakeClock clock;
  HttpFixture http;
  SlowLane slow_lane;
  std::unique_ptr<AuthStore> auth;
  std::unique_ptr<ScanPool> pool;
  std::unique_ptr<ReadContext> context;
};

}  // namespace ox
