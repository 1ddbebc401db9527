#include "common/ingest/file_spec.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

FileSpec parsed(std::string_view text) {
  auto spec = FileSpec::parse(text);
  REQUIRE(spec.ok());
  return *spec;
}

TEST_CASE("a type is split off at the first ':' with no '/' left of it") {
  CHECK(parsed("nginx_access:/t/a.log") == FileSpec{"nginx_access", "/t/a.log"});
  CHECK(parsed("a:b:c") == FileSpec{"a", "b:c"});
  CHECK(parsed("a:/x:y") == FileSpec{"a", "/x:y"});
  CHECK(parsed("/t/a:b.log") == FileSpec{"oxingest.a:b", "/t/a:b.log"});
  CHECK(parsed("./a:b") == FileSpec{"oxingest.a:b", "./a:b"});
}

TEST_CASE("without a type it is inferred from the file name up to its first dot") {
  CHECK(parsed("/var/log/syslog").type == "oxingest.syslog");
  CHECK(parsed("/t/mail.err").type == "oxingest.mail");
  CHECK(parsed("a.b.c").type == "oxingest.a");
  CHECK(parsed("/t/.hidden").type == "oxingest.");
}

TEST_CASE("what names no file is refused in words") {
  for (std::string_view bad : {"", "type:", ":/t/a", "/t/", "type:/t/"}) {
    CAPTURE(bad);
    auto spec = FileSpec::parse(bad);
    REQUIRE(!spec.ok());
    CHECK(spec.status().code() == Code::kInvalid);
    CHECK(spec.status().message().find(bad) != std::string::npos);
  }
}

}  // namespace
}  // namespace ox
