#include "common/ingest/rotated_files.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

TEST_CASE("names that rotation gives are known") {
  for (const char* name : {"app.log.1", "app.log.10", "app.log-20240131", "app.log-20240131-10",
                           "app.log.2024-01-31T10:00:00", "app-20240131.log", "app.1.log"}) {
    CAPTURE(name);
    CHECK(is_rotated_name(name, "app.log"));
  }
  CHECK(is_rotated_name("syslog.1", "syslog"));
}

TEST_CASE("other names, and compressed files, are not") {
  for (const char* name :
       {"app.log", "app.log.1.gz", "app.log.bak", "app.log.swp", "app.log.", "app.log1",
        "app.log-old", "other.log.1", "app2.log", "app.log.-1", "log.1", "app-x.log"}) {
    CAPTURE(name);
    CHECK(!is_rotated_name(name, "app.log"));
  }
}

}  // namespace
}  // namespace ox
