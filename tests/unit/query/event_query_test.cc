#include "common/query/event_query.h"

#include <random>
#include <thread>

#include "tests/support/fault_sweep.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/query/query_cases.h"

namespace ox {
namespace {

// A directory with two types over two days.
class QueriedLogs {
 public:
  QueriedLogs() : disk_(1) {
    std::string requests;
    std::string errors;
    for (int i = 0; i < 100; ++i) {
      const std::string user = i % 3 == 0 ? "bob" : "eve";
      requests +=
          packed(R"({"id": )" + std::to_string(i) + R"(, "type": "request", "host": "web-)" +
                 std::to_string(i % 2) + R"(", "start": )" + std::to_string(1500000000 + i) +
                 R"(, "end": )" + std::to_string(1500000000 + i) + R"(.5, "body": {"user": ")" +
                 user + R"(", "status": )" + std::to_string(i % 10 == 0 ? 500 : 200) +
                 R"(, "tags": ["a", "b"], "level": 20}})");
    }
    for (int i = 0; i < 10; ++i)
      errors += packed(R"({"type": "error.db", "host": "db-1", "end": )" +
                       std::to_string(1500086400 + i) +
                       R"(, "body": {"level": 40, "message": "no connection [)" +
                       std::to_string(i) + R"(]", "text": "[1]"}})");
    disk_.put("/logs/20170714/request-20170714.log", requests);
    disk_.put("/logs/20170715/error.db-20170715.log", errors);
  }

  Result<EventQuery> prepare(std::string_view select, EventConditions conditions = {},
                             QueryLimits limits = QueryLimits()) {
    QueryScope scope;
    scope.directory = "/logs";
    scope.conditions = std::move(conditions);
    return EventQuery::prepare(disk_, std::move(scope), select, limits);
  }

  // All rows, a line of JSON each; or the error.
  std::string rows(std::string_view select, EventConditions conditions = {}) {
    auto query = prepare(select, std::move(conditions));
    if (!query.ok()) return "error: " + query.status().message();
    std::string out;
    while (true) {
      auto row = query->next();
      if (!row.ok()) return "error: " + row.status().message();
      if (!*row) break;
      query->append_row_json(out);
      out += '\n';
    }
    read_ = query->progress();
    return out;
  }

  const ScanProgress& read() const { return read_; }

 private:
  SimulatedDisk disk_;
  ScanProgress read_;
};

EventConditions only_type(const char* type) {
  EventConditions conditions;
  conditions.types.push_back(*TypePattern::parse(type));
  return conditions;
}

}  // namespace

TEST_CASE("a SELECT counts, groups, sorts and limits") {
  QueriedLogs logs;
  CHECK(logs.rows("SELECT count(*) AS n FROM events") == "{\"n\": 110}\n");
  CHECK(logs.rows("SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY n DESC") ==
        "{\"type\": \"request\", \"n\": 100}\n{\"type\": \"error.db\", \"n\": 10}\n");
  CHECK(logs.rows("SELECT body->>'user', count(*) FROM events WHERE type = 'request' GROUP BY 1 "
                  "ORDER BY 2") ==
        "{\"body->>'user'\": \"bob\", \"count(*)\": 34}\n"
        "{\"body->>'user'\": \"eve\", \"count(*)\": 66}\n");
  CHECK(logs.rows(
            "SELECT id, end FROM events WHERE body->'status' = 500 ORDER BY end DESC LIMIT 2") ==
        "{\"id\": 90, \"end\": 1500000090.5}\n{\"id\": 80, \"end\": 1500000080.5}\n");
  CHECK(logs.rows("SELECT avg(duration) AS mean, max(ts) AS newest FROM events "
                  "WHERE type = 'request'") ==
        "{\"mean\": 0.5, \"newest\": \"2017-07-14 02:41:39.500000+00:00\"}\n");
  CHECK(logs.rows("SELECT strftime('%H:%M', ts) AS minute, count(*) AS n FROM events "
                  "WHERE type = 'request' GROUP BY minute") ==
        "{\"minute\": \"02:40\", \"n\": 60}\n{\"minute\": \"02:41\", \"n\": 40}\n");
}

TEST_CASE("rows are JSON: documents nested, text as text, NULL as null") {
  QueriedLogs logs;
  CHECK(logs.rows("SELECT body->'tags' AS tags, body->'none' AS none, id FROM events LIMIT 1") ==
        "{\"tags\": [\"a\", \"b\"], \"none\": null, \"id\": 0}\n");
  CHECK(logs.rows("SELECT body FROM events WHERE id = 1") ==
        "{\"body\": {\"user\": \"eve\", \"status\": 200, \"tags\": [\"a\", \"b\"], \"level\": "
        "20}}\n");
  CHECK(logs.rows("SELECT message AS m FROM events WHERE type = 'error.db' LIMIT 1") ==
        "{\"m\": \"no connection [0]\"}\n");
  CHECK(logs.rows("SELECT body->'tags' AS tags FROM events WHERE id < 2 ORDER BY id DESC") ==
        "{\"tags\": [\"a\", \"b\"]}\n{\"tags\": [\"a\", \"b\"]}\n");
  CHECK(logs.rows("SELECT 'a' AS t, 1.0 AS f, NULL AS n, x'41' AS b") ==
        "{\"t\": \"a\", \"f\": 1.0, \"n\": null, \"b\": \"A\"}\n");
}

TEST_CASE("SELECT * has the columns of an event, without those that are of Chronologer") {
  QueriedLogs logs;
  auto query = logs.prepare("SELECT * FROM events");
  REQUIRE(query.ok());
  CHECK(query->columns() == std::vector<std::string>{"id", "type", "host", "pid", "start", "end",
                                                     "ts", "duration", "level", "name", "message",
                                                     "body"});
  CHECK(logs.prepare("SELECT record_id, logrec FROM events").ok());
}

TEST_CASE("sub-selects, WITH, joins and UNION read the same JSON, by the functions") {
  QueriedLogs logs;
  const char* bobs = "{\"n\": 34}\n";
  CHECK(logs.rows("SELECT count(*) AS n FROM (SELECT body->>'user' AS u FROM events) "
                  "WHERE u = 'bob'") == bobs);
  CHECK(logs.rows("WITH r AS (SELECT * FROM events WHERE type = 'request') "
                  "SELECT count(*) AS n FROM r WHERE body->>'user' = 'bob'") == bobs);
  CHECK(logs.rows("WITH r AS (SELECT body AS b FROM events) "
                  "SELECT count(*) AS n FROM r WHERE json_extract(b, '$.user') = 'bob'") == bobs);
  CHECK(logs.rows("WITH r AS (SELECT body->'tags' AS body FROM events WHERE type = 'request') "
                  "SELECT DISTINCT body->>'$[1]' AS t, json_array_length(body) AS n FROM r") ==
        "{\"t\": \"b\", \"n\": 2}\n");
  CHECK(logs.rows("SELECT count(*) AS n FROM events a JOIN events b ON a.id = b.id "
                  "WHERE a.body->>'user' = 'bob' AND b.type = 'request' AND b.id < 10") ==
        "{\"n\": 4}\n");
  CHECK(logs.rows("SELECT e.body->>'user' AS u FROM events AS e WHERE e.id = 3") ==
        "{\"u\": \"bob\"}\n");
  CHECK(logs.rows("SELECT id FROM events WHERE id = 1 UNION SELECT id FROM events WHERE id = 2") ==
        "{\"id\": 1}\n{\"id\": 2}\n");
  CHECK(logs.rows("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3) "
                  "SELECT sum(x) AS s FROM c") == "{\"s\": 6}\n");
  // An inner `body` that is not the table's is not taken for it.
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE (SELECT body->>'u' FROM "
                  "(SELECT '{\"u\": 1}' AS body)) = 1") == "{\"n\": 110}\n");
}

TEST_CASE("conditions of WHERE narrow what is read") {
  QueriedLogs logs;
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE type = 'error.db'") == "{\"n\": 10}\n");
  CHECK(logs.read().events_found == 10);
  CHECK(logs.read().files_total == 1);
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE type IN ('nope', 'neither')") ==
        "{\"n\": 0}\n");
  CHECK(logs.read().files_total == 0);
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE level >= 30 AND host = 'db-1'") ==
        "{\"n\": 10}\n");
  CHECK(logs.read().events_found == 10);
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE end >= '2017-07-15'") == "{\"n\": 10}\n");
  CHECK(logs.read().events_found == 10);
  // Two sides of an OR are one scan.
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE type = 'error.db' OR id = 1") ==
        "{\"n\": 11}\n");
  CHECK(logs.read().events_found == 110);
}

TEST_CASE("rows in order of time are those that sorting all of them gives") {
  // A plus keeps SQLite from asking the table for the order.
  const std::uint64_t first = test_seed(1);
  for (std::uint64_t seed = first; seed < first + rounds(5, 50); ++seed) {
    INFO("seed ", seed);
    std::mt19937_64 random(seed);
    SimulatedDisk disk(seed);
    for (const char* path : {"/logs/20170714/a-20170714.log", "/logs/20170714/b-20170714.log",
                             "/logs/20170715/a-20170715.log"}) {
      std::string bytes;
      for (std::uint64_t n = random() % 300; n > 0; --n) {
        const std::uint64_t kind = random() % 12;
        const std::string end = kind == 0   ? R"("soon")"
                                : kind == 1 ? "1e300"
                                : kind == 2 ? "-1e12"
                                            : std::to_string(1500000000 + random() % 200);
        bytes += packed(R"({"id": )" + std::to_string(random() % 1000) + R"(, "type": ")" +
                        (random() % 2 == 0 ? "a" : "b") + R"(", "end": )" + end +
                        R"(, "body": {"level": )" + std::to_string(random() % 50) + "}}");
      }
      disk.put(path, bytes);
    }
    auto rows = [&](const std::string& select) {
      QueryScope scope;
      scope.directory = "/logs";
      auto query = EventQuery::prepare(disk, std::move(scope), select, QueryLimits());
      REQUIRE_MESSAGE(query.ok(), query.status().message());
      std::string out;
      while (true) {
        auto row = query->next();
        REQUIRE_MESSAGE(row.ok(), row.status().message());
        if (!*row) break;
        query->append_row_json(out);
        out += '\n';
      }
      return out;
    };
    for (const std::string by : {"end", "ts"})
      for (const std::string way : {"", " DESC"})
        for (const std::string where : {"", "WHERE level > 20 ", "WHERE end > 1500000100 "})
          for (const std::string limit : {"", " LIMIT 7", " LIMIT 40 OFFSET 30"}) {
            CAPTURE(by + way + where + limit);
            CHECK(rows("SELECT " + by + " FROM events " + where + "ORDER BY " + by + way + limit) ==
                  rows("SELECT " + by + " FROM events " + where + "ORDER BY +" + by + way + limit));
          }
    for (const char* select :
         {"SELECT max(ts) AS t FROM events", "SELECT min(ts) AS t FROM events",
          "SELECT max(end) AS t FROM events WHERE level < 20",
          "SELECT DISTINCT ts FROM events ORDER BY ts DESC",
          "SELECT ts, count(*) AS n FROM events GROUP BY ts ORDER BY ts",
          "SELECT a.end FROM events a JOIN events b ON a.id = b.id AND b.type = 'b' "
          "ORDER BY a.end LIMIT 20"}) {
      CAPTURE(select);
      std::string plain = select;
      for (std::size_t at = 0; (at = plain.find("ORDER BY ", at)) != std::string::npos; at += 10)
        plain.insert(at + 9, "+");
      for (const char* call : {"max(", "min("})
        if (auto at = plain.find(call); at != std::string::npos) plain.insert(at + 4, "+");
      CHECK(rows(select) == rows(plain));
    }
  }
}

TEST_CASE("the newest rows are read, and no others") {
  QueriedLogs logs;
  CHECK(logs.rows("SELECT type FROM events ORDER BY ts DESC LIMIT 1") ==
        "{\"type\": \"error.db\"}\n");
  CHECK(logs.read().events_found == 1);
  CHECK(logs.rows("SELECT max(end) AS t FROM events WHERE type = 'request'") ==
        "{\"t\": 1500000099.5}\n");
  CHECK(logs.read().events_found == 1);
  CHECK(logs.rows("SELECT id FROM events ORDER BY end LIMIT 2 OFFSET 3") ==
        "{\"id\": 3}\n{\"id\": 4}\n");
  CHECK(logs.read().events_found == 5);
}

TEST_CASE("the scope holds, whatever the text says") {
  QueriedLogs logs;
  for (const char* select :
       {"SELECT count(*) AS n FROM events", "SELECT count(*) AS n FROM events WHERE 1 OR 1 = 1",
        "SELECT count(*) AS n FROM events WHERE type = 'error.db' OR type = 'request'",
        "SELECT count(*) AS n FROM events WHERE type LIKE '%'",
        "SELECT count(*) AS n FROM (SELECT * FROM events UNION ALL SELECT * FROM events LIMIT 10)",
        "WITH e AS (SELECT * FROM events) SELECT count(*) AS n FROM e"}) {
    CAPTURE(select);
    CHECK(logs.rows(select, only_type("error.*")) == "{\"n\": 10}\n");
  }
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE type = 'request'",
                  only_type("error.*")) == "{\"n\": 0}\n");
  EventConditions host;
  host.hosts = {"web-0"};
  CHECK(logs.rows("SELECT count(*) AS n FROM events", host) == "{\"n\": 50}\n");
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE host = 'web-1'", host) == "{\"n\": 0}\n");
  EventConditions time;
  time.since = 1500000090.5;
  time.until = 1500000095.5;
  time.until_exclusive = true;
  CHECK(logs.rows("SELECT count(*) AS n FROM events", time) == "{\"n\": 5}\n");
  CHECK(logs.rows("SELECT count(*) AS n FROM events WHERE end <= 1500000095.5", time) ==
        "{\"n\": 5}\n");
}

namespace {

// Events that are given out once.
class PackedStream : public EventStream {
 public:
  explicit PackedStream(std::vector<std::string> events) : events_(std::move(events)) {}
  Result<bool> next(std::string_view& event) override {
    if (given_ == fails_at) return Status(Code::kIo, "the stream broke");
    if (given_ == events_.size()) return false;
    event = events_[given_++];
    return true;
  }
  bool ended() const override { return given_ == events_.size(); }
  const Status& problem() const override { return none_; }
  std::string name() const override { return "the stream"; }

  std::size_t given() const { return given_; }
  std::size_t fails_at = SIZE_MAX;

 private:
  const std::vector<std::string> events_;
  std::size_t given_ = 0;
  const Status none_;
};

std::vector<std::string> some_events() {
  std::vector<std::string> events;
  for (int i = 0; i < 20; ++i)
    events.push_back(packed(R"({"id": )" + std::to_string(i) + R"(, "type": "t)" +
                            std::to_string(i % 2) + R"(", "end": )" + std::to_string(100 - i) +
                            R"(, "body": {"level": 20, "user": ")" + (i % 4 == 0 ? "bob" : "eve") +
                            R"("}})"));
  return events;
}

std::string stream_rows(PackedStream& stream, std::string_view select,
                        EventConditions conditions = {}) {
  auto query = EventQuery::prepare(stream, std::move(conditions), select, QueryLimits());
  if (!query.ok()) return "not prepared: " + query.status().message();
  std::string out;
  while (true) {
    auto row = query->next();
    if (!row.ok()) return out + "error: " + row.status().message();
    if (!*row) return out;
    query->append_row_json(out);
    out += '\n';
  }
}

}  // namespace

TEST_CASE("a stream gives its rows as they come, and what needs all of it at its end") {
  PackedStream counted(some_events());
  CHECK(
      stream_rows(counted, "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY type") ==
      "{\"type\": \"t0\", \"n\": 10}\n{\"type\": \"t1\", \"n\": 10}\n");
  PackedStream sorted(some_events());
  CHECK(stream_rows(sorted, "SELECT id FROM events ORDER BY end LIMIT 2") ==
        "{\"id\": 19}\n{\"id\": 18}\n");
  PackedStream stream(some_events());
  auto query = EventQuery::prepare(
      stream, only_type("t0"), "SELECT id FROM events WHERE body->>'user' = 'bob'", QueryLimits());
  REQUIRE(query.ok());
  CHECK(stream.given() == 0);
  for (std::size_t id : {std::size_t{0}, std::size_t{4}, std::size_t{8}}) {
    REQUIRE(*query->next());
    CHECK(std::get<std::int64_t>(query->value(0)) == static_cast<std::int64_t>(id));
    CHECK(stream.given() == id + 1);
  }
  PackedStream limited(some_events());
  CHECK(stream_rows(limited, "SELECT id FROM events LIMIT 1") == "{\"id\": 0}\n");
  CHECK(limited.given() == 1);
  PackedStream typed(some_events());
  CHECK(stream_rows(typed, "SELECT count(*) AS n FROM events WHERE 1", only_type("t1")) ==
        "{\"n\": 10}\n");
}

TEST_CASE("a stream is read once: a query that would twice is refused before") {
  for (const char* select : {"SELECT count(*) FROM events a JOIN events b ON a.id = b.id",
                             "SELECT id FROM events WHERE end > (SELECT avg(end) FROM events)",
                             "SELECT id FROM events UNION SELECT id FROM events",
                             "SELECT id FROM events WHERE id IN (SELECT id FROM events)"}) {
    CAPTURE(select);
    PackedStream stream(some_events());
    CHECK(
        stream_rows(stream, select).starts_with("not prepared: the stream can be read only once"));
    CHECK(stream.given() == 0);
  }
  PackedStream once(some_events());
  CHECK(stream_rows(once,
                    "WITH e AS (SELECT id FROM events) SELECT count(*) AS n FROM e "
                    "WHERE id > 9") == "{\"n\": 10}\n");
  PackedStream recursive(some_events());
  CHECK(stream_rows(recursive,
                    "WITH RECURSIVE c(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM c, events "
                    "WHERE x < 3) SELECT count(*) FROM c")
            .find("the stream can be read only once") != std::string::npos);
  PackedStream broken(some_events());
  broken.fails_at = 5;
  CHECK(stream_rows(broken, "SELECT count(*) AS n FROM events") == "error: the stream broke");
}

TEST_CASE("nothing but reading the events is allowed") {
  QueriedLogs logs;
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"", "a query begins with SELECT or WITH"},
      {"DELETE FROM events", "a query begins with SELECT or WITH"},
      {"ATTACH '/tmp/x' AS x", "a query begins with SELECT or WITH"},
      {"PRAGMA user_version", "a query begins with SELECT or WITH"},
      {"EXPLAIN SELECT 1", "a query begins with SELECT or WITH"},
      {"SELECT 1; DROP TABLE events", "only one expression or statement"},
      {"WITH x AS (SELECT 1) DELETE FROM events", "may not be modified"},
      {"WITH x AS (SELECT 1) INSERT INTO events(id) VALUES (1)",
       "only reading the table events is allowed"},
      {"SELECT * FROM sqlite_master", "prohibited"},
      {"SELECT * FROM sqlite_schema", "prohibited"},
      {"SELECT * FROM pragma_database_list", "only reading the table events is allowed"},
      {"SELECT * FROM json_each('[1]')", "only reading the table events is allowed"},
      {"SELECT * FROM dbstat", "only reading the table events is allowed"},
      {"SELECT * FROM sqlite_stmt", "only reading the table events is allowed"},
      {"SELECT * FROM nope", "no such table: nope"},
      {"SELECT load_extension('x')", "not authorized to use function: load_extension"},
      {"SELECT zeroblob(1000000000)", "not authorized to use function: zeroblob"},
      {"SELECT printf('%1000000000d', 1)", "not authorized to use function: printf"},
      {"SELECT fts3_tokenizer('x')", "not authorized to use function: fts3_tokenizer"},
      {"SELECT nope FROM events", "no such column: nope, at character 8"},
      {"SELECT id FROM events WHERE body->>'$[' = 1", "bad JSON path '$[', at character 36"},
      {"SELECT id FROM events ORDER", "incomplete input"},
      {"SELECT id FROM events ORDER ORDER", "syntax error"},
      {"SELECT count(*) FROM sqlite_master", "only reading the table events is allowed"},
      {"SELECT abs(-9223372036854775807 - 1)", "integer overflow"},
  };
  for (const auto& each : cases) {
    const char* const select = each.first;
    const char* const expected = each.second;
    CAPTURE(select);
    const std::string said = logs.rows(select);
    CAPTURE(said);
    CHECK(said.starts_with("error: "));
    CHECK(said.find(expected) != std::string::npos);
  }
}

TEST_CASE("a query that never ends is ended by its time, by cancel(), and by the flag") {
  QueriedLogs logs;
  const char* endless =
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
  QueryLimits limits;
  limits.time_limit = Millis(20);
  auto timed = logs.prepare(endless, {}, limits);
  REQUIRE(timed.ok());
  CHECK(timed->next().status().message() == "the query took longer than 20ms");
  CHECK_FALSE(*timed->next());

  auto cancelled = logs.prepare(endless);
  REQUIRE(cancelled.ok());
  std::thread other([&] { cancelled->cancel(); });
  CHECK(cancelled->next().status().message() == "the query was cancelled");
  other.join();

  std::atomic<bool> flag{false};
  limits = QueryLimits();
  limits.cancel = &flag;
  auto flagged = logs.prepare(endless, {}, limits);
  REQUIRE(flagged.ok());
  std::thread third([&] { flag = true; });
  CHECK(flagged->next().status().code() == Code::kUnavailable);
  third.join();

  // While files are read, too.
  auto reading = logs.prepare("SELECT count(*) FROM events a, events b, events c");
  REQUIRE(reading.ok());
  std::thread fourth([&] { reading->cancel(); });
  CHECK(reading->next().status().message() == "the query was cancelled");
  fourth.join();
}

TEST_CASE("a query that needs too much memory ends, and others go on") {
  QueriedLogs logs;
  limit_query_memory(8 << 20);
  QueryLimits limits;
  limits.time_limit = Seconds(60);
  auto query = logs.prepare(
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
      "SELECT x, hex(x) FROM c ORDER BY x DESC",
      {}, limits);
  REQUIRE(query.ok());
  CHECK(query->next().status().message() ==
        "the query needs more memory than there is for queries");
  CHECK(logs.rows("SELECT count(*) AS n FROM events") == "{\"n\": 110}\n");
  limit_query_memory(512 << 20);
}

TEST_CASE("values outlive the event they are of where SQLite keeps them") {
  QueriedLogs logs;
  CHECK(logs.rows(
            "SELECT min(body->>'user') AS a, max(host) AS b, group_concat(DISTINCT type) AS c "
            "FROM events") == "{\"a\": \"bob\", \"b\": \"web-1\", \"c\": \"request,error.db\"}\n");
  CHECK(logs.rows("SELECT id, lag(host) OVER (ORDER BY id) AS former FROM events "
                  "WHERE type = 'request' LIMIT 2") ==
        "{\"id\": 0, \"former\": null}\n{\"id\": 1, \"former\": \"web-0\"}\n");
}

}  // namespace ox
