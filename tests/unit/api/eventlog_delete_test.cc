#include "common/ingest/api/logger/eventlog_delete.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

struct DeleteAsked {
  CutoffRequest request;
  std::optional<HttpError> error;
};

DeleteAsked delete_asked(std::string_view query, std::optional<int> days = 30) {
  DeleteAsked out;
  out.error =
      read_eventlog_delete(parse_pairs(query).value(), days, Seconds(100 * 86400), out.request);
  return out;
}

}  // namespace

TEST_CASE("a time, facilities and a level say what is deleted") {
  DeleteAsked out = delete_asked("before=2017-12-01T00:00:00Z&facility=web,db,web&level=error");
  REQUIRE_FALSE(out.error);
  CHECK(out.request.scope.before == 1512086400.0);
  CHECK(out.request.scope.names == std::vector<std::string>{"db", "web"});
  CHECK(out.request.scope.min_level == 40);
  CHECK(out.request.count);
  CHECK(delete_asked("before=1512086400").request.scope.before == 1512086400.0);
  CHECK(delete_asked("before=1512086400500").request.scope.before == 1512086400.5);
}

TEST_CASE("all has no time, and without either the limit of retention counts") {
  CHECK_FALSE(delete_asked("all=1").request.scope.before);
  CHECK(delete_asked("", 30).request.scope.before == 70.0 * 86400);
  CHECK(delete_asked("all=0&facility=a", 1).request.scope.before == 99.0 * 86400);
  CHECK(delete_asked("", std::nullopt).error->status == 400);
}

TEST_CASE("what cannot be meant is refused, by name") {
  for (const auto& each :
       std::initializer_list<std::pair<const char*, const char*>>{{"before=", "before"},
                                                                  {"before=soon", "before"},
                                                                  {"before=1&before=2", "before"},
                                                                  {"before=1&all=1", "before"},
                                                                  {"all=yes", "all"},
                                                                  {"facility=", "facility"},
                                                                  {"facility=a,,b", "facility"},
                                                                  {"level=bogus", "level"},
                                                                  {"until=1", "until"}}) {
    const char* const query = each.first;
    const char* const word = each.second;
    DeleteAsked out = delete_asked(query);
    REQUIRE_MESSAGE(out.error, query);
    CHECK(out.error->status == 400);
    CHECK(out.error->type == "ValidationError");
    CHECK(out.error->message.find(word) != std::string::npos);
  }
}

}  // namespace ox
