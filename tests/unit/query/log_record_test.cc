#include "common/query/log_record.h"

#include "tests/unit/query/query_cases.h"

namespace ox {
namespace {

std::string record_json(std::string_view event) {
  const std::string bytes = packed(event);
  std::string out;
  StoredRecord::of(EventSlices::of(bytes)).append_json(out);
  return out;
}

}  // namespace

TEST_CASE("a stored record is given out as its POST took it") {
  CHECK(record_json(R"({"id": 5, "end": 1500000000.25, "body": {"level": 40, "level_name": "err",
                        "name": "app.db", "message": "no connection",
                        "logrec": {"meta": {"lineno": 12}, "data": {"foo": 387}}}})") ==
        R"({"name": "app.db", "ts": "2017-07-14 02:40:00.250000+00:00", "level": 40, )"
        R"("message": "no connection", "logrec": {"meta": {"lineno": 12}, "data": {"foo": 387}}, )"
        R"("id": 5})");
}

TEST_CASE("a raw record's whole document is its logrec, whatever it is") {
  CHECK(record_json(R"({"id": 6, "end": 1500000000, "body": {"level": 20, "name": "", "message": "",
                        "logrec": [1, "x"]}})") ==
        R"({"name": "", "ts": "2017-07-14 02:40:00+00:00", "level": 20, "message": "", )"
        R"("logrec": [1, "x"], "id": 6})");
}

TEST_CASE("of any other event logrec is the rest of the body") {
  CHECK(record_json(R"({"id": "59682f", "type": "request", "end": 1500000000,
                        "body": {"method": "GET", "message": "m", "status": 200}})") ==
        R"({"name": "", "ts": "2017-07-14 02:40:00+00:00", "level": 0, "message": "m", )"
        R"("logrec": {"method": "GET", "status": 200}, "id": null})");
  CHECK(record_json(R"({"type": "x"})") ==
        R"({"name": "", "ts": null, "level": 0, "message": "", "logrec": null, "id": null})");
  CHECK(record_json(R"({"body": {"name": 5, "message": ["m"], "level": "high"}})") ==
        R"({"name": "", "ts": null, "level": 0, "message": "", "logrec": {}, "id": null})");
}

TEST_CASE("name and message are cut to 127 and 255 characters, not bytes") {
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\xc3\xbc";
  const std::string bytes =
      packed(R"({"body": {"name": ")" + umlauts + R"(", "message": ")" + umlauts + "\"}}");
  const StoredRecord record = StoredRecord::of(EventSlices::of(bytes));
  CHECK(record.name.size() == 600);
  std::string out;
  record.append_json(out);
  auto count = [&](std::string_view key, std::string_view next) {
    const std::size_t from = out.find(key);
    const std::string_view part = std::string_view(out).substr(from, out.find(next, from) - from);
    std::size_t found = 0;
    for (std::size_t at = part.find("\\u00fc"); at != std::string_view::npos;
         at = part.find("\\u00fc", at + 1))
      ++found;
    return found;
  };
  CHECK(count("\"name\"", "\"ts\"") == 127);
  CHECK(count("\"message\"", "\"logrec\"") == 255);
}

TEST_CASE("times are rounded half to even, and have no fraction when it is zero") {
  auto ts_of = [](std::string_view end) {
    const std::string bytes = packed(R"({"end": )" + std::string(end) + "}");
    auto ts = record_time(EventSlices::of(bytes).end);
    std::string out;
    if (ts) append_record_time(out, *ts);
    return out;
  };
  CHECK(ts_of("1500000000") == "2017-07-14 02:40:00+00:00");
  CHECK(ts_of("1500000000.5") == "2017-07-14 02:40:00.500000+00:00");
  CHECK(ts_of("-0.5") == "1969-12-31 23:59:59.500000+00:00");
  CHECK(ts_of("0.9999999") == "1970-01-01 00:00:01+00:00");
  CHECK(ts_of("1e300") == "");
  CHECK(ts_of("-1e300") == "");
  CHECK(ts_of("253402300799") == "9999-12-31 23:59:59+00:00");
  CHECK(ts_of("\"x\"") == "");
}

}  // namespace ox
