#include "common/query/event_filter.h"

#include <atomic>
#include <thread>

#include "common/ingest/model/pack.h"
#include "tests/unit/query/query_cases.h"

namespace ox {

// The two dialects of its manual: MySQL and SQLite.
TEST_CASE("the expressions of Chronologer's manual select the record, in both dialects") {
  for (const char* expression :
       {"logrec->'$.data.foo' = 387 AND logrec->'$.meta.lineno' = 20",
        "json_extract(logrec, '$.data.foo') = 387 AND json_extract(logrec, '$.meta.lineno') = 20",
        "logrec->'$.meta.threadName' = 'MainThread'",
        "json_extract(logrec,'$.meta.threadName') = 'MainThread'", "logrec->>'$.data.x' = 'y'",
        "json_extract(logrec, '$.data.x') = 'y'", "logrec->>'$.data.key[1].b' = 2",
        "json_extract(logrec, '$.data.key[1].b') = 2", "logrec->'$.data.key[1].b' = 2",
        "JSON_UNQUOTE(JSON_EXTRACT(logrec, '$.data.x')) = 'y'",
        "JSON_CONTAINS_PATH(logrec, 'one', '$.data.foo', '$.data.nope')"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression));
  }
  for (const char* expression :
       {"logrec->'$.meta.threadName' != 'MainThread'",
        "json_extract(logrec, '$.meta.threadName') != 'MainThread'", "logrec->'$.data.foo' = 388",
        "logrec->>'$.data.foo' = '388'",
        "JSON_CONTAINS_PATH(logrec, 'all', '$.data.foo', '$.data.nope')"}) {
    CAPTURE(expression);
    CHECK_FALSE(is_true_of(expression));
  }
}

TEST_CASE("-> compares values with their types, ->> what they look like") {
  CHECK(is_true_of("logrec->'$.data.foo' = 387"));
  CHECK_FALSE(is_true_of("logrec->'$.data.foo' = '387'"));
  CHECK_FALSE(is_true_of("json_extract(logrec, '$.data.foo') = '387'"));
  CHECK(is_true_of("logrec->>'$.data.foo' = 387"));
  CHECK(is_true_of("logrec->>'$.data.foo' = '387'"));
  CHECK(is_true_of("387 = logrec->>'$.data.foo'"));
  CHECK(is_true_of("'387' = logrec->>'$.data.foo'"));
  // Text that is a number.
  CHECK(is_true_of("logrec->>'$.data.n' = 2"));
  CHECK(is_true_of("logrec->>'$.data.n' = '2'"));
  CHECK(is_true_of("logrec->'$.data.n' = '2'"));
  CHECK_FALSE(is_true_of("logrec->'$.data.n' = 2"));
  CHECK_FALSE(is_true_of("logrec->>'$.data.n' = '02'"));
  CHECK_FALSE(is_true_of("logrec->>'$.data.foo' = '387.0'"));
  CHECK(is_true_of("logrec->>'$.data.foo' = 387.0"));
  // Numbers are ordered as numbers, text as text.
  CHECK(is_true_of("logrec->>'$.data.foo' > 39"));
  CHECK(is_true_of("logrec->>'$.data.foo' < '39'"));
  CHECK(is_true_of("logrec->>'$.data.foo' BETWEEN 100 AND 1000"));
  CHECK_FALSE(is_true_of("logrec->>'$.data.foo' BETWEEN '100' AND '1000'"));
  CHECK(is_true_of("logrec->>'$.data.foo' IN (1, 387)"));
  CHECK(is_true_of("logrec->>'$.data.foo' IN ('1', '387')"));
  CHECK(is_true_of("logrec->>'$.data.foo' + 1 = 388"));
  CHECK(is_true_of("logrec->>'$.data.foo' > 2 * 100"));
  CHECK(is_true_of("logrec->>'$.data.foo' LIKE '38_'"));
  CHECK(is_true_of("logrec->>'$.data.n' < logrec->>'$.data.foo'"));
}

TEST_CASE("true is true, 1, and in text 'true'; null is NULL") {
  CHECK(is_true_of("logrec->'$.data.on'"));
  CHECK(is_true_of("logrec->'$.data.on' = true"));
  CHECK(is_true_of("logrec->>'$.data.on'"));
  CHECK(is_true_of("logrec->>'$.data.on' = 1"));
  CHECK(is_true_of("logrec->>'$.data.on' = 'true'"));
  CHECK_FALSE(is_true_of("logrec->>'$.data.on' = 'false'"));
  CHECK(is_true_of("logrec->'$.meta.stack_info' IS NULL"));
  CHECK(is_true_of("json_type(logrec, '$.meta.stack_info') = 'null'"));
  CHECK(is_true_of("json_type(logrec, '$.nowhere') IS NULL"));
}

TEST_CASE("a path that leads nowhere is NULL, and so selects nothing") {
  for (const char* expression :
       {"logrec->'$.data.nope' = 1", "logrec->'$.data.nope' != 1", "logrec->>'$.data.nope' != 'x'",
        "NOT (logrec->'$.data.nope' = 1)", "json_extract(logrec, '$.data.key[7].b') != 2",
        "logrec->'$.data.foo.bar' != 3", "logrec->'$.data.x[0]' != 3"}) {
    CAPTURE(expression);
    CHECK_FALSE(is_true_of(expression));
  }
  CHECK(is_true_of("logrec->'$.data.nope' IS NULL"));
}

TEST_CASE("paths: keys, quoted keys, indexes, from the end, the short form, chains") {
  const char* event = R"({"type": "t", "body": {"user": "bob", "a.b": 1, "list": [10, 20, 30],
                          "deep": {"x": {"y": "z"}}, "Case": 1, "case": 2, "$odd": 5}})";
  for (const char* expression : {"body->>'user' = 'bob'",
                                 "body->'user' = 'bob'",
                                 "body->>'$.user' = 'bob'",
                                 "body->>'a.b' = 1",
                                 "body->>'$.\"a.b\"' = 1",
                                 "body->'$.list[0]' = 10",
                                 "body->'$.list[#-1]' = 30",
                                 "body->'list'->1 = 20",
                                 "body->'list'->>'$[2]' = '30'",
                                 "body->'deep'->'x'->>'y' = 'z'",
                                 "body->'$.deep'->>'$.x.y' = 'z'",
                                 "body->'Case' = 1",
                                 "body->'case' = 2",
                                 "json_array_length(body, '$.list') = 3",
                                 "json_array_length(body->'list') = 3",
                                 "json_type(body, '$.deep') = 'object'",
                                 "json_type(body) = 'object'",
                                 "body->'list' = '[10, 20, 30]'",
                                 "body->>'deep' LIKE '%\"z\"%'",
                                 "(body)->>'user' = 'bob'",
                                 "body->>('us' || 'er') = 'bob'",
                                 "body->('li' || 'st')->1 = 20",
                                 "json_extract(body, '$.' || 'user') = 'bob'",
                                 "events.body->>'user' = 'bob'",
                                 "'x' || body->>'user' IS NULL",
                                 "'x' || (body->>'user') = 'xbob'",
                                 "body->>'user' || 'by' = 'bobby'",
                                 "-(body->'list'->1) = -20",
                                 "json_extract('{\"q\": [1]}', '$.q[0]') = 1",
                                 "'{\"q\": \"r\"}'->>'q' = 'r'",
                                 "lower(body->>'user') = 'bob'",
                                 "CASE body->>'user' WHEN 'bob' THEN 1 END"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression, event));
  }
  CHECK_FALSE(is_true_of("body->>'$.a.b' = 1", event));
}

TEST_CASE("every column is what it is called") {
  for (const char* expression : {"id = 4503599627370496",
                                 "record_id = 4503599627370496",
                                 "type = 'app.db'",
                                 "host = 'web-1'",
                                 "pid = 7",
                                 "start = 1500000000",
                                 "end = 1500000000.25",
                                 "\"end\" > 1499999999",
                                 "duration = 0.25",
                                 "level = 20",
                                 "name = 'app.db'",
                                 "message = 'hi w'",
                                 "body LIKE '%MainThread%'",
                                 "logrec LIKE '{\"meta\"%'",
                                 "ts = '2017-07-14 02:40:00.25'",
                                 "events.level = 20",
                                 "typeof(level) = 'integer'",
                                 "ts LIKE '2017-07-14 02:40:00.250000+00:00'",
                                 "length(name) = 6",
                                 "strftime('%H', ts) = '02'",
                                 "date(end, 'unixepoch') = '2017-07-14'"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression));
  }
  // What an event does not have is NULL; a level counts as 0.
  const char* bare = R"({"type": "t"})";
  for (const char* expression :
       {"id IS NULL", "host IS NULL", "pid IS NULL", "start IS NULL", "end IS NULL", "ts IS NULL",
        "duration IS NULL", "level = 0", "name IS NULL", "message IS NULL", "body IS NULL",
        "logrec IS NULL"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression, bare));
  }
  CHECK(is_true_of("logrec->>'code' = 5 AND logrec->'level' IS NULL",
                   R"({"type": "t", "body": {"level": 30, "message": "m", "code": 5}})"));
}

TEST_CASE("ts and end compare with times as text in any form, ts with microseconds") {
  for (const char* expression : {"ts = '2017-07-14T02:40:00.25Z'",
                                 "ts = '2017-07-14 04:40:00.250000+02:00'",
                                 "ts >= '2017-07-14'",
                                 "ts < '2017-07-15'",
                                 "'2017-07-14' <= ts",
                                 "ts BETWEEN '2017-07-14' AND '2017-07-14 02:41'",
                                 "ts = 1500000000250000",
                                 "ts > 1500000000249999",
                                 "ts BETWEEN 1500000000000000 AND 1500000001000000",
                                 "ts IN ('2017-07-14 02:40:00.250000', '2018-01-01')",
                                 "end >= '2017-07-14'",
                                 "end = '2017-07-14 02:40:00.25'",
                                 "start = '2017-07-14 02:40'",
                                 "start < '2017-07-14 02:41Z'",
                                 "end NOT BETWEEN '2016-01-01' AND '2017-01-01'",
                                 "ts > '2017' || '-07-14'",
                                 "ts < datetime('now')",
                                 "ts < unixepoch('now') * 1000000",
                                 "ts != '2017-07-14'",
                                 "CASE WHEN end > '2017-01-01' THEN end ELSE 0 END = end"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression));
  }
  CHECK(error_of("ts > 'yesterday'") ==
        "'yesterday' is not a time such as '2017-07-14 02:40:00', at character 6");
  CHECK(error_of("end > '2017-02-30'").find("is not a time") != std::string::npos);
}

TEST_CASE("END ends a CASE, and end is a column") {
  CHECK(is_true_of("CASE WHEN level > 10 THEN end ELSE start END = 1500000000.25"));
  CHECK(is_true_of("CASE end WHEN 1500000000.25 THEN 'a' END = 'a'"));
  CHECK(is_true_of("CASE WHEN 1 THEN '2017-07-14' END = '2017-07-14'"));
  CHECK(is_true_of("end - start = 0.25 AND NOT end < start"));
}

TEST_CASE("operators and functions") {
  for (const char* expression : {"level == 20",
                                 "level <> 21",
                                 "level != 21",
                                 "level <= 20",
                                 "NOT level > 20",
                                 "name LIKE 'APP.%'",
                                 "name NOT LIKE 'x%'",
                                 "name GLOB 'app*'",
                                 "name NOT GLOB 'APP*'",
                                 "name REGEXP '^app\\.(db|web)$'",
                                 "NOT (name REGEXP 'web')",
                                 "level IN (10, 20)",
                                 "level NOT IN (30)",
                                 "level BETWEEN 20 AND 30",
                                 "level NOT BETWEEN 30 AND 40",
                                 "host IS NOT NULL",
                                 "LOWER(NAME) = 'app.db'",
                                 "UPPER(name) = 'APP.DB'",
                                 "LENGTH(message) = 4",
                                 "level % 7 = 6",
                                 "level / 3 = 6",
                                 "level * 2 - 1 = 39",
                                 "message = 'hi w' COLLATE NOCASE",
                                 "MESSAGE = 'HI W' COLLATE NOCASE",
                                 "'it''s' = 'it''s'",
                                 "name IN ('app.db', 'x')",
                                 "(level = 20) + 1 = 2",
                                 "level IS DISTINCT FROM 30",
                                 "instr(message, 'w') = 4",
                                 "coalesce(NULL, 1)",
                                 "1",
                                 "0x10 = 16",
                                 "1e1 = 10",
                                 "min(1, 2) = 1",
                                 "[level] = 20",
                                 "`level` = 20",
                                 "level IS 20"}) {
    CAPTURE(expression);
    CHECK(is_true_of(expression));
  }
  for (const char* expression : {"0", "NULL", "''", "level > 20", "name = 'APP.DB'"}) {
    CAPTURE(expression);
    CHECK_FALSE(is_true_of(expression));
  }
}

TEST_CASE("what is wrong is said, and where") {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"", "an empty expression"},
      {"123#", "syntax error near '#' at character 4"},
      {"level >", "syntax error: the expression ends too early"},
      {"level > > 1", "near \">\": syntax error, at character 9"},
      {"\"a\nb\x1b[2J\" = 1", "no such column: a\\x0ab\\x1b[2J, at character 1"},
      {"nope = 1", "no such column: nope, at character 1"},
      {"level = 1 AND nope = 1", "no such column: nope, at character 15"},
      {"name = \"bob\"", "no such column: bob, at character 8 (text stands in single quotes)"},
      {"nope(1)", "no such function: nope, at character 1"},
      {"logrec->'$#123' = 1", "bad JSON path '$#123', at character 9"},
      {"level > 100 AND logrec->'$#123' = 1", "bad JSON path '$#123', at character 25"},
      {"json_extract(logrec, '$#123') = 1", "bad JSON path '$#123', at character 22"},
      {"json_extract(logrec, 'x') = 1", "bad JSON path 'x'"},
      {"logrec->'$.' = 1", "bad JSON path '$.'"},
      {"logrec->'$[*]' = 1", "bad JSON path"},
      {"1; DROP TABLE record", "';' at character 2"},
      {"(SELECT 1)", "sub-selects are not allowed, at character 2"},
      {"EXISTS (SELECT 1)", "sub-selects are not allowed"},
      {"level IN (SELECT 1)", "sub-selects are not allowed"},
      {"level IN events", "IN needs a list"},
      {"level = ?", "parameters are not allowed at character 9"},
      {"level = :x", "parameters are not allowed"},
      {"1 -- x", "comments are not allowed at character 3"},
      {"1 /* x */", "comments are not allowed"},
      {"count(*) > 1", "not authorized to use function: count"},
      {"min(level) > 1", "misuse of aggregate"},
      {"123abc = 1", "a number runs into a name"},
      {"sum(level) > 1", "not authorized to use function: sum"},
      {"load_extension('x')", "not authorized to use function: load_extension"},
      {"randomblob(10)", "not authorized to use function: randomblob"},
      {"row_number() OVER () = 1", "not authorized"},
      {"1)", "')' without '(' at character 2"},
      {"(1", "'(' without ')' at character 1"},
      {"1) OR (1", "')' without '('"},
      {"'abc", "a string without its end at character 1"},
      {"name REGEXP '('", "bad regular expression: missing ): (, at character 13"},
      {"level, name", "row value misused"},
      {"sqlite_master.name = 1", "no such column"},
      {"1 THEN 1 ELSE 0 END FROM x", "syntax error"},
  };
  for (const auto& each : cases) {
    const char* const expression = each.first;
    const char* const expected = each.second;
    CAPTURE(expression);
    const std::string error = error_of(expression);
    CAPTURE(error);
    CHECK(error.find(expected) != std::string::npos);
    CHECK(error.find('\n') == std::string::npos);
  }
  CHECK(EventFilter::compile(std::string_view("1\0 OR 1", 7), QueryLimits()).status().message() ==
        "syntax error: a NUL at character 2");
}

TEST_CASE("what an expression implies is told, and nothing else") {
  auto conditions_of = [](std::string_view expression) {
    auto filter = EventFilter::compile(expression, QueryLimits());
    REQUIRE_MESSAGE(filter.ok(), filter.status().message());
    return filter->conditions();
  };
  auto types_of = [&](std::string_view expression) {
    std::vector<std::string> types;
    for (const TypePattern& type : conditions_of(expression).types)
      types.push_back(type.to_string());
    return types;
  };
  using Texts = std::vector<std::string>;
  CHECK(types_of("type = 'a'") == Texts{"a"});
  CHECK(types_of("type IN ('a', 'b') AND level > 1") == Texts{"a", "b"});
  CHECK(types_of("type = 'a' OR type = 'b'") == Texts{"a", "b"});
  CHECK(types_of("type GLOB 'app.*'") == Texts{"app.*"});
  CHECK(types_of("type LIKE '1a%'") == Texts{"1a*", "1A*"});
  CHECK(types_of("type LIKE 'request%'").size() == 16);
  CHECK(types_of("type = 'a' OR level = 1").empty());
  CHECK(types_of("NOT type = 'a'").empty());
  CHECK(types_of("type = 'a' COLLATE NOCASE").empty());
  CHECK(types_of("type LIKE '%x'").empty());
  CHECK(types_of("(type = 'a') = 0").empty());

  CHECK(conditions_of("end >= 100 AND end < 200").since == 100);
  CHECK(conditions_of("end >= 100 AND end < 200").until == 200);
  CHECK(conditions_of("end >= 100 AND end > 150").since == 150);
  CHECK(conditions_of("end = 100").until == 100);
  CHECK(conditions_of("end >= '2017-07-14 02:40'").since == 1500000000);
  CHECK(conditions_of("ts >= '2017-07-14 02:40'").since.value() == doctest::Approx(1500000000));
  CHECK(conditions_of("ts >= '2017-07-14 02:40'").since.value() < 1500000000);
  CHECK_FALSE(conditions_of("end >= 100 OR level > 3").since);
  CHECK_FALSE(conditions_of("end != 100").since);
  CHECK_FALSE(conditions_of("end + 1 >= 100").since);

  CHECK(conditions_of("host = 'a' AND 1").hosts == Texts{"a"});
  CHECK(conditions_of("host IN ('a', 'b')").hosts == Texts{"a", "b"});
  CHECK(conditions_of("level >= 30").min_level == 30);
  CHECK(conditions_of("level > 30").min_level == 30);
  CHECK(conditions_of("level BETWEEN 20 AND 30").min_level == 20);
  CHECK_FALSE(conditions_of("level <= 30").min_level);

  CHECK(conditions_of("body->>'user' = 'Bob Smith'").words == Texts{"bob", "smith"});
  CHECK(conditions_of("body->'user' = 'bob'").words == Texts{"bob"});
  CHECK(conditions_of("json_extract(body, '$.user') = 'bob'").words == Texts{"bob"});
  CHECK(conditions_of("message = 'a_b-c' AND id = 'f00'").words == Texts{"a_b", "c", "f00"});
  CHECK(conditions_of("id = 4503599627370496").words == Texts{"4503599627370496"});
  // These may be of something else than text.
  CHECK(conditions_of("body->>'user' = 'true'").words.empty());
  CHECK(conditions_of("body->>'n' = '12.5'").words.empty());
  CHECK(conditions_of("body->>'n' = 12").words.empty());
  CHECK(conditions_of("body->'list' = '[\"a\"]'").words.empty());
  CHECK(conditions_of("lower(body->>'user') = 'bob'").words.empty());
  CHECK(conditions_of("body->>'user' != 'bob'").words.empty());
  CHECK(conditions_of("body->>'user' = 'bob' COLLATE NOCASE").words.empty());
  CHECK(conditions_of("body->>'user' = 'bob' OR level = 1").words.empty());
  CHECK(conditions_of("body->>'user' IS NULL").words.empty());
}

TEST_CASE("what is no event, or no MessagePack, has no columns and harms nothing") {
  auto filter = EventFilter::compile("body->>'a' = 1 OR id IS NULL", QueryLimits());
  REQUIRE(filter.ok());
  for (std::string_view bytes : {std::string_view("\xff\xff"), std::string_view(""),
                                 std::string_view("\x81\xa4"
                                                  "body"),
                                 std::string_view("\x93\x01")}) {
    auto found = filter->matches(bytes);
    REQUIRE(found.ok());
    CHECK(*found);
  }
}

TEST_CASE("bytes that are no UTF-8, and NULs, are text like other") {
  std::string event;
  pack_map_header(event, 1);
  pack_text(event, "body");
  pack_map_header(event, 2);
  pack_text(event, "raw");
  pack_text(event, "caf\xe9\xff");
  pack_text(event, "nul");
  pack_text(event, std::string_view("a\0b", 3));
  auto truth = [&](std::string_view expression) {
    auto filter = EventFilter::compile(expression, QueryLimits());
    REQUIRE(filter.ok());
    return *filter->matches(event);
  };
  CHECK(truth("body->>'raw' = 'caf\xe9\xff'"));
  CHECK(truth("body->>'raw' LIKE 'caf%'"));
  CHECK(truth("body->>'nul' > 'a'"));
  CHECK_FALSE(truth("body->>'nul' = 'a'"));
  CHECK(truth("body LIKE '%caf%'"));
}

TEST_CASE("an event that an operation cannot be done with does not match; the next one may") {
  auto filter = EventFilter::compile("abs(body->'n') > 5", QueryLimits());
  REQUIRE(filter.ok());
  CHECK_FALSE(*filter->matches(packed(R"({"body": {"n": -9223372036854775808}})")));
  CHECK(*filter->matches(packed(R"({"body": {"n": -6}})")));
  CHECK_FALSE(*filter->matches(packed(R"({"body": {"n": 5}})")));
}

TEST_CASE("a filter is cancelled from another thread, and ends when its time is over") {
  std::atomic<bool> cancel{false};
  QueryLimits limits;
  limits.cancel = &cancel;
  auto filter = EventFilter::compile("body->>'user' = 'bob'", limits);
  REQUIRE(filter.ok());
  const std::string event = packed(R"({"body": {"user": "bob"}})");
  CHECK(*filter->matches(event));
  std::thread other([&] { cancel = true; });
  Status status;
  while (status.ok()) status = filter->matches(event).status();
  other.join();
  CHECK(status.code() == Code::kUnavailable);
  CHECK(status.message() == "the query was cancelled");

  QueryLimits short_time;
  short_time.time_limit = Millis(1);
  auto timed = EventFilter::compile("body->>'user' = 'nobody'", short_time);
  REQUIRE(timed.ok());
  for (status = Status(); status.ok();) status = timed->matches(event).status();
  CHECK(status.message() == "the query took longer than 1ms");
}

TEST_CASE("a filter may be moved") {
  auto made = EventFilter::compile("level = 20", QueryLimits());
  REQUIRE(made.ok());
  EventFilter filter = std::move(*made);
  EventFilter other = std::move(filter);
  CHECK(*other.matches(packed(kStoredRecord)));
}

TEST_CASE("ids that begin with a digit are looked for as they stand, what may be a number is not") {
  auto needles = [](const char* expression) {
    auto filter = EventFilter::compile(expression, QueryLimits());
    REQUIRE(filter.ok());
    return filter->needles();
  };
  CHECK(needles("id = '59682f00'") == std::vector<std::string>{"59682f00"});
  CHECK(needles("body->>'ip' = '10.1.2.3:80'") == std::vector<std::string>{"10.1.2.3:80"});
  for (const char* expression : {"id = '1e5'", "body->>'n' = '02'", "body->>'n' = '1.5'",
                                 "body->>'n' = '-Infinity'", "body->>'t' = 'true'"})
    CHECK(needles(expression).empty());
}

}  // namespace ox
